#!/usr/bin/env bash
# What runs, since when, on how much disk; and the gateway's own health. Ends with 1 when it is not well.
set -euo pipefail
data=/srv/openclaw
printf 'release   %s\n' "$(jq --raw-output '"\(.id) (OpenClaw \(.version))"' "$data/current/release.json" 2>/dev/null || printf 'none')"
printf 'service   %s\n' "$(systemctl show --property ActiveState,SubState,ActiveEnterTimestamp --value openclaw-gateway | paste --serial --delimiters ' ')"
printf 'container %s\n' "$(docker container inspect --format '{{.State.Status}}, {{with .State.Health}}{{.Status}}{{end}}' openclaw-gateway 2>/dev/null || printf 'none')"
printf 'data      %s\n' "$(df --human-readable --output=used,avail,pcent "$data" | tail --lines 1 | awk '{print $1 " used, " $2 " free (" $3 ")"}')"
docker exec openclaw-gateway openclaw health
