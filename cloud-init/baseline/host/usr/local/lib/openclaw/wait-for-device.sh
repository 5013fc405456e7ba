#!/usr/bin/env bash
# wait-for-device.sh <path> <seconds>: clouds attach volumes while, or after, a machine boots.
set -euo pipefail

device=$1 seconds=$2
until [[ -b $device ]]; do
  if ((SECONDS >= seconds)); then
    echo "error: $device did not appear within $seconds s. Is the data volume attached to this server? Devices here:" >&2
    lsblk -o NAME,SIZE,TYPE,FSTYPE,MOUNTPOINTS >&2 || true
    exit 1
  fi
  if ((SECONDS % 15 == 14)); then echo "  waiting for $device"; fi
  sleep 1
done
