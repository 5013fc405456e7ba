#!/usr/bin/env bash
# Makes a release run: checked before anything stops, reversible until it is verified, safe to repeat.
#
# A release lives in a directory of its own on the data volume, with its own copy of the state; the link `current` says
# which one runs. Switching is one rename, so at every moment what starts after a power cut belongs together.
# shellcheck disable=SC2154 # paths.sh has the variables
set -Eeuo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
exec 3>&1

for part in paths say files owner image generation config gateway verify step-back prune transaction; do
  # shellcheck source=/dev/null
  source "$here/$part.sh"
done

asked() { jq --raw-output "$1" "$request"; }

main() {
  asked .release >"$here/release.json"
  check_owner
  check_current
  check_docker
  recover
  wanted_release
  if is_current "$here/wanted.json"; then
    install_commands
    keep_running
  else
    replace
  fi
  prune
  outcome
}

trap 'unexpected "${BASH_SOURCE[0]##*/}" "$LINENO"' ERR
main
