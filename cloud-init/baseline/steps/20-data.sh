#!/usr/bin/env bash
# The data volume: waited for, formatted only when it is blank, mounted by id, grown when it became larger.
source ./lib.sh

device=$(parameter .data.device)
mount_point=$(parameter .data.mountPoint)
size_gb=$(parameter .data.sizeGb)
unit=$(systemd-escape --path --suffix=mount "$mount_point")
device_unit=$(systemd-escape --path --suffix=device "$device")

place /usr/local/lib/openclaw/wait-for-device.sh 755
bash host/usr/local/lib/openclaw/wait-for-device.sh "$device" "${DEVICE_SECONDS:-180}"
block=$(readlink -f "$device")

bytes() { blockdev --getsize64 "$block"; }
gib() { awk -v bytes="$1" 'BEGIN { printf "%.1f GiB", bytes / 2 ^ 30 }'; }

# The kernel notices a grown volume by itself, or when it is asked to look.
if [[ -n $size_gb ]]; then
  for ((second = 0; $(bytes) < size_gb * 1000000000; second++)); do
    ((second < 30)) || fail "$device has $(gib "$(bytes)"), but the configuration says $size_gb GB: the volume was not enlarged"
    (echo 1 >"/sys/class/block/$(basename "$block")/device/rescan") 2>/dev/null || true
    sleep 1
  done
fi

mounted=$(mountpoint --fs-devno "$mount_point" 2>/dev/null || true)
if [[ -n $mounted && $mounted != "$(mountpoint --devno "$block")" ]]; then
  fail "$mount_point holds another file system ($(findmnt -no SOURCE --mountpoint "$mount_point" | tail -n 1)) than $device: unmount it first"
fi

if [[ -z $mounted ]]; then
  found=$(wipefs --noheadings --output TYPE --no-act "$block" | paste -sd ' ')
  type=$(blkid --probe --output value --match-tag TYPE "$block" || true)
  case $type in
    xfs | ext4) ;;
    '')
      [[ -z $found ]] || fail "$device holds \"$found\": only a blank volume is formatted, and only xfs and ext4 are adopted. Nothing was written to it"
      # No signature that anybody knows, but not empty either: somebody's data, perhaps encrypted.
      cmp --quiet --bytes=4194304 "$block" /dev/zero ||
        fail "$device holds data of a kind that is not known: only a blank volume is formatted. Nothing was written to it. If nothing on it is needed: blkdiscard $device, or dd if=/dev/zero of=$device bs=1M count=4"
      mkfs.xfs -q -m reflink=1 -L openclaw "$block" || fail "$device could not be formatted: the words of mkfs.xfs are above"
      changed "formatted $device, which was blank, as xfs"
      ;;
    *) fail "$device holds a file system of type \"$type\": only xfs and ext4 are adopted. Nothing was written to it" ;;
  esac
fi

put "units/data.mount" "/etc/systemd/system/$unit"
reload=$written
place /etc/systemd/system/openclaw-data-device.service
if "$written"; then reload=true; fi
put units/data-device.conf "/etc/systemd/system/$device_unit.d/openclaw.conf"
if "$written" || "$reload"; then systemctl daemon-reload; fi
[[ -d $mount_point ]] || { mkdir -p "$(dirname "$mount_point")" && mkdir -m 0700 "$mount_point"; }
running "$unit"

watch=openclaw-data-watch.service
place /usr/local/lib/openclaw/data-watch.sh 755
reload=$written
place "/etc/systemd/system/$watch"
if "$written" || "$reload"; then
  systemctl daemon-reload
  systemctl try-restart "$watch"
fi
running "$watch"

if [[ $(stat -c '%a %U:%G' "$mount_point") != "700 root:root" ]]; then
  chown root:root "$mount_point"
  chmod 0700 "$mount_point"
  changed "closed $mount_point to everybody but root"
fi

type=$(findmnt -no FSTYPE --mountpoint "$mount_point" | tail -n 1)
case $type in
  xfs) file_system=$(xfs_info "$mount_point" | sed -nE 's/^data .*bsize=([0-9]+) +blocks=([0-9]+).*/\1 \2/p') ;;
  ext4) file_system=$(dumpe2fs -h "$block" 2>/dev/null | awk -F: '/^Block size/ { size = $2 } /^Block count/ { count = $2 } END { print size + 0, count + 0 }') ;;
  *) fail "$mount_point is of type \"$type\": xfs or ext4 was expected" ;;
esac
read -r block_size blocks <<<"$file_system"
before=$((block_size * blocks))
# Both grow in units larger than a block: a smaller rest stays.
if (($(bytes) - before >= 16777216)); then
  case $type in
    xfs) grow=(xfs_growfs -d "$mount_point") ;;
    ext4) grow=(resize2fs "$block") ;;
  esac
  "${grow[@]}" >grow.log 2>&1 || {
    cat grow.log >&2
    fail "the volume has $(gib "$(bytes)"), but its $type file system stays at $(gib "$before"): the kernel refused to grow it while mounted, in the words above. With the gateway stopped: systemctl stop $unit && e2fsck -f $device && resize2fs $device && systemctl start $unit"
  }
  changed "grew the file system from $(gib "$before") to $(gib "$(bytes)")"
fi
