#!/usr/bin/env bash
# OpenClaw's own command line in the gateway's container.
set -euo pipefail
flags=(--interactive)
if [[ -t 0 && -t 1 ]]; then flags+=(--tty); fi
exec docker exec "${flags[@]}" openclaw-gateway openclaw "$@"
