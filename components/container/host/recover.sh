#!/usr/bin/env bash
# Goes on with a release that was interrupted, at boot or after its process died: nobody has to deploy for that.
# Entry of openclaw-recovery.service, in a directory in memory, as a stage has one.
# shellcheck disable=SC2154 # paths.sh has the variables

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=/dev/null
source "$here/library.sh"

go_on() {
  [[ -s $journal ]] || return 0
  mountpoint --quiet "$data" || fail "$data is not a mounted volume"
  check_current
  check_docker
  recover
  [[ -L $current ]] || return 0
  begin_again
  say "release $(current_id) runs, verified"
}

umask 077
status=0
# Not the condition of anything: bash would ignore errors in it.
set +e
(
  set -e
  go_on
) 2>&1 3>&1 | tee "$here/said"
status=${PIPESTATUS[0]}
set -e
if [[ -s $here/said ]]; then keep_what_was_said; fi
exit "$status"
