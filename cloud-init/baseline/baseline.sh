#!/usr/bin/env bash
# Brings a host to today's baseline: hardened, Docker installed, data volume mounted. Entry of the stage `baseline`.
# Every step is idempotent and says only what it changed; a second run changes nothing.
set -euo pipefail
cd "$(dirname "$0")"

guard=/usr/local/lib/openclaw/guard.sh
state() { if [[ -x $guard ]]; then "$guard" state; else echo idle; fi; }

step=start
export CHANGES=$PWD/changes
: >"$CHANGES"

ended() {
  local code=$?
  if ((code == 0)); then return; fi
  if [[ $(state) == armed ]]; then
    echo "undoing the SSH and firewall changes of this run" >&2
    "$guard" revert || true
  fi
  echo "baseline failed in the step \"$step\" (exit code $code) after $SECONDS s; the steps before it stay applied, the next run goes on" >&2
}
trap ended EXIT

if [[ $(state) == armed ]]; then
  # This stage came by a connection made after those settings were in force: that confirms them. Else it waited for
  # the run that made them, and what was confirmed last is still what comes back.
  if "$guard" before "$PWD/parameters.json"; then "$guard" disarm; fi
fi

for script in steps/*.sh; do
  step=$(basename "$script" .sh)
  step=${step#[0-9][0-9]-}
  before=$(wc -l <"$CHANGES")
  echo "$step"
  bash "$script"
  if (($(wc -l <"$CHANGES") == before)); then echo "  as it should be"; fi
done

step=end
# Pulumi remembers this run as done: a power cut must not take any of it back.
sync --file-system /etc /var/lib /usr/local
case $(state) in
  armed)
    seconds=90
    "$guard" wait "$seconds"
    echo "SSH and firewall settings changed: unless a new connection confirms them within $seconds s, the old ones come back"
    ;;
  # Not before all of it was applied: what fails on the way is to be tried again.
  undone | retry) "$guard" forget ;;
  *) ;;
esac
echo "baseline: $(wc -l <"$CHANGES") changes, $SECONDS s"
