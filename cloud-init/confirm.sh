#!/usr/bin/env bash
# Entry of the stage `confirm`: that it arrives, by a connection made after the baseline, proves that the new SSH and
# firewall settings let the deployer in. Then they stay.
#
# When they were undone, it fails, and goes on with the next connection: that one applies them again, and the one after it
# confirms them. The deployer makes these connections by itself (worthAnotherConnection in baseline.ts knows these words).
# What is applied again is what the last baseline left here.
set -euo pipefail
cd "$(dirname "$0")"

guard=/usr/local/lib/openclaw/guard.sh
kept=/usr/local/lib/openclaw/baseline
for file in "$guard" "$kept/baseline.sh"; do
  [[ -e $file ]] || {
    echo "error: this host has no baseline yet: $file is missing" >&2
    exit 1
  }
done

case $("$guard" state) in
  idle) echo "nothing to confirm" ;;
  armed)
    "$guard" before "$PWD/parameters.json" || {
      echo "error: SSH and firewall settings changed while this connection was open already, so that it proves nothing: a further connection confirms them" >&2
      exit 1
    }
    "$guard" disarm
    echo "confirmed: the SSH and firewall settings stay"
    ;;
  undone)
    "$guard" retry-next
    cat >&2 <<'WORDS'
error: the new SSH and firewall settings were undone, because no connection arrived in time after they were applied. The
old settings are in force. Either the last run was interrupted: then trying them once more is enough. Or the new ones shut
this machine out: then compare its address with ssh.allowedCidrs, and its key with ssh.authorizedKeys, and correct the
configuration.
WORDS
    exit 1
    ;;
  retry)
    cp -R "$kept" baseline
    bash baseline/baseline.sh
    if [[ $("$guard" state) == armed ]]; then
      echo "error: the settings that had been undone are applied again: a further connection confirms them" >&2
      exit 1
    fi
    ;;
  *)
    echo "error: the state of $guard is not one that this version knows" >&2
    exit 1
    ;;
esac
