#!/usr/bin/env bash
# Makes a release run: checked before anything stops, reversible until it is verified, safe to repeat.
#
# A release lives in a directory of its own on the data volume, with its own copy of the state; the link `current` says
# which one runs. Switching is one rename, so at every moment what starts after a power cut belongs together.
# shellcheck disable=SC2154 # paths.sh has the variables

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=/dev/null
source "$here/library.sh"

main() {
  install_recovery
  asked .release >"$here/release.json"
  check_owner
  check_current
  check_docker
  tell_recovery
  recover
  check_host
  wanted_release
  if is_current "$here/wanted.json"; then
    install_commands
    keep_running
    smoke_test
  else
    replace
  fi
  prune
  outcome
}

main
