#!/usr/bin/env bash
# data-watch.sh <device> <mount point>: mounts a data volume that was away and is there again, and starts the gateway.
# Only then: who unmounts a volume that stays attached, to check it, has it for himself.
set -euo pipefail

device=$1 mount_point=$2
unit=$(systemd-escape --path --suffix=mount "$mount_point")

# Whether that device is mounted, and can be read: what is left of a mount whose device went away cannot.
is_whole() {
  [[ $(mountpoint --fs-devno "$mount_point" 2>/dev/null) == "$(mountpoint --devno "$(readlink -f "$device")")" ]] &&
    ls "$mount_point" >/dev/null 2>&1
}

come_back() {
  local started
  if is_whole; then return; fi
  echo "$device is attached again: mounting it at $mount_point"
  if [[ $(systemctl show --property ActiveState --value "$unit") == active ]]; then
    # What is left of the mount of a device that went away. Its gateway can write nothing any more, and as long as it runs,
    # the kernel does not mount the same file system again. There is nothing that it could end in order.
    systemctl stop --no-block openclaw-gateway.service 2>/dev/null || true
    timeout 60 docker rm --force openclaw-gateway >/dev/null 2>&1 || true
    systemctl kill --signal SIGKILL openclaw-gateway.service 2>/dev/null || true
    systemctl stop "$unit" || return 1
  fi
  systemctl start "$unit" && is_whole || return 1
  for started in openclaw-gateway.service openclaw-recovery.service; do
    if systemctl is-enabled --quiet "$started" 2>/dev/null; then systemctl start --no-block "$started"; fi
  done
}

away=false
while true; do
  pause=2
  if [[ ! -b $device ]]; then
    away=true
  elif "$away"; then
    if come_back; then away=false; else pause=15; fi
  fi
  sleep "$pause"
done
