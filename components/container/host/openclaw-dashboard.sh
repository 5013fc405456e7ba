#!/usr/bin/env bash
# Prints a dashboard link that pairs the browser it is opened in, once. It leads to the near end of a tunnel.
set -euo pipefail
answer=$(docker exec openclaw-gateway openclaw dashboard --json) || true
link=$(jq --raw-output '.browserUrl // empty' <<<"$answer" 2>/dev/null) || true
if [[ -z $link ]]; then
  printf 'no dashboard link: %s\n' "$(jq --raw-output '.reason // empty' <<<"$answer" 2>/dev/null || printf 'the gateway did not answer')" >&2
  printf 'its state: systemctl status openclaw-gateway\n' >&2
  exit 1
fi
printf 'Open this link in your browser; it works once and pairs that browser. Ctrl-C ends the tunnel.\n\n  %s\n\n' "$link"
