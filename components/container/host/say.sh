# shellcheck shell=bash disable=SC2034,SC2154 # variables of release.sh
# Progress, failures and attempts. What other programs say is masked before it is passed on.

say() { printf '%s\n' "$*"; }

# Ends the attempt in progress, or the release.
fail() {
  say "$*" >&3
  printf '%s\n' "$*" >"$here/reason"
  exit 1
}

# A command failed where no failure was foreseen.
unexpected() {
  [[ -s $here/reason ]] || printf 'a command failed in %s, line %s\n' "$1" "$2" | tee "$here/reason" >&3
}

# The first line of why the last attempt failed.
reason() {
  local line=""
  if [[ -s $here/reason ]]; then IFS= read -r line <"$here/reason" || true; fi
  printf '%s' "${line:-a command failed}"
}

# Runs a function in a shell of its own that ends at the first error; its status is in $attempted. Not for conditions:
# bash ignores errors in whatever a condition runs.
attempt() {
  rm -f "$here/reason"
  set +e
  (
    set -e
    "$@"
  )
  attempted=$?
  set -e
}

# with_heartbeat <doing> <program> <words…>: says every 15 s that it still does.
with_heartbeat() {
  local doing=$1 began=$SECONDS beat status=0
  shift
  while sleep 15; do say "still $doing ($((SECONDS - began)) s)" >&3; done &
  beat=$!
  "$@" || status=$?
  kill "$beat" 2>/dev/null || true
  wait "$beat" 2>/dev/null || true
  return "$status"
}

# Passes lines on with every secret of the releases involved replaced by its name.
masked() {
  local releases=("$here/release.json")
  if [[ -s $current/release.json ]]; then releases+=("$current/release.json"); fi
  jq --raw-input --raw-output --unbuffered --slurpfile releases <(cat "${releases[@]}") '
    [$releases[] | .environment as $all | .secrets[] | {name: ., line: ($all[.] // "" | split("\n")[])}
      | select(.line | length > 3)] as $secrets
    | reduce $secrets[] as $secret (.; split($secret.line) | join("[\($secret.name)]"))'
}

# The end of a text, without colours and secrets.
last_words() { sed 's/\x1b\[[0-9;]*[A-Za-z]//g' | tail --lines "${1:-15}" | masked; }
