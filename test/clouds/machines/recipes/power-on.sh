#!/bin/sh
# First process of a machine: what hardware and hypervisor do before systemd starts.
set -eu

# Settings of the network are the machine's own and may be changed; all others would be the computer's.
mount -o remount,bind,rw /proc/sys
for directory in /proc/sys/*/; do
  [ "$directory" = /proc/sys/net/ ] && continue
  mount --bind "$directory" "$directory"
  mount -o remount,bind,ro "$directory"
done

# Every boot has an id of its own: journalctl, and whoever asks whether the machine was rebooted, go by it.
cat /proc/sys/kernel/random/uuid >/dev/.boot-id
mount --bind /dev/.boot-id /proc/sys/kernel/random/boot_id

# The volumes are plugged in first.
until [ -e /dev/.power-on ]; do sleep 0.02; done
rm /dev/.power-on
exec /sbin/init
