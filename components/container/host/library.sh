# shellcheck shell=bash disable=SC2154 # `here` is the directory of the entry that reads this in
# What release.sh and recover.sh are made of.

set -Eeuo pipefail
exec 3>&1

for part in paths say files owner image generation config gateway verify smoke step-back prune journal interrupted transaction recovery; do
  # shellcheck source=/dev/null
  source "$here/$part.sh"
done

asked() { jq --raw-output "$1" "$request"; }

trap 'unexpected "${BASH_SOURCE[0]##*/}" "$LINENO"' ERR
