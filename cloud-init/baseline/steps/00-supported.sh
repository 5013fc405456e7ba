#!/usr/bin/env bash
# Package names and settings of the other steps are those of Debian 13, on which they were executed: nothing is changed on
# any other host.
source ./lib.sh

# shellcheck disable=SC1091 # the host's own
system=$(. /etc/os-release && printf '%s %s\n%s\n' "${ID:-}" "${VERSION_ID:-}" "${PRETTY_NAME:-}")
[[ ${system%%$'\n'*} == "debian 13" ]] ||
  fail "this host runs ${system#*$'\n'}, and the baseline supports Debian 13 only. Nothing was changed. Choose an image of Debian 13 (openclaw:host.image), and raise openclaw:host.rebuild to replace a server that exists"
