#!/usr/bin/env bash
# alone.sh <name> <script>: runs the script as the only stage of this host. Another one is waited for, and both the wait
# and the work end some time: the work first, so that whoever waits gets its turn.
set -euo pipefail

name=$1 script=$2
lock=${STAGE_LOCK:-/run/openclaw-stages.lock}
# A release may pull and build for half an hour, stop the gateway for 350 s, start the new one for 180 s, and do the last two
# again to go back.
work_seconds=${STAGE_WORK_SECONDS:-3600}
wait_seconds=${STAGE_WAIT_SECONDS:-3900}

minutes() { printf '%s min' "$((($1 + 59) / 60))"; }

exec 9>>"$lock"
if ! flock --nonblock 9; then
  printf 'another stage works on this host, waiting for it: %s\n' "$(<"$lock")"
  began=$SECONDS
  until flock --timeout "$((wait_seconds < 60 ? wait_seconds : 60))" 9; do
    if ((SECONDS - began >= wait_seconds)); then
      holder=$(<"$lock")
      printf 'error: %s still works on this host after %s of waiting. What it does: systemctl status %s. When it hangs: systemctl stop %s. Then run this again\n' \
        "$holder" "$(minutes "$wait_seconds")" "${holder%% *}" "${holder%% *}" >&2
      exit 75
    fi
    printf 'still waiting (%s)\n' "$(minutes "$((SECONDS - began))")"
  done
fi
printf '%s (since %s)\n' "$name" "$(date --utc '+%H:%M:%S UTC')" >"$lock"

began=$SECONDS status=0
timeout --kill-after=60 "$work_seconds" bash "$script" || status=$?
if ((status != 0 && SECONDS - began >= work_seconds)); then
  printf 'error: %s did not end within %s and was ended; what it did last is above. Run this again\n' "$name" "$(minutes "$work_seconds")" >&2
fi
exit "$status"
