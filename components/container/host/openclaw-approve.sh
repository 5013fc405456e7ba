#!/usr/bin/env bash
# Shows the newest device that asks to be paired; with its request id, approves it. OpenClaw's own --latest only shows.
set -euo pipefail
openclaw=$(dirname "$0")/openclaw
if (($# > 0)); then exec "$openclaw" devices approve "$@"; fi
"$openclaw" devices approve --latest
printf 'Or run this command again with the request id appended.\n'
