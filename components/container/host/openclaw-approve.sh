#!/usr/bin/env bash
# Shows the newest device that asks to be paired; with its request id, approves it. OpenClaw's own --latest only shows.
set -euo pipefail
openclaw=$(dirname "$0")/openclaw
if (($# > 0)); then exec "$openclaw" devices approve "$@"; fi
status=0
# It ends with 1 because nothing was approved.
shown=$("$openclaw" devices approve --latest 2>&1) || status=$?
printf '%s\n' "$shown"
[[ $shown == *"Selected pending device request"* ]] || exit "$status"
printf 'Or run this command again with the request id appended.\n'
