#!/usr/bin/env bash
# Runs when the release has ended, however it ended. It does not leave the gateway stopped: what `current` means belongs
# together at every moment. What it left unfinished is gone on with.
# shellcheck disable=SC1091,SC2154 # paths.sh has the variables
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/paths.sh"

# What only waited for another release must not take that one's hold away.
if [[ -e $stopped ]]; then
  rm -f "$held"
  if [[ -L $current ]]; then systemctl start --no-block "$unit"; fi
fi
# Not by itself again and again: the next release and the next boot go on, too.
if [[ $here != /run/openclaw-recovery && -s $journal ]]; then systemctl start --no-block openclaw-recovery.service; fi
