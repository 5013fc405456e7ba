#!/usr/bin/env bash
# Journal limits, kernel settings, time, shell history, swap.
source ./lib.sh

place /etc/systemd/journald.conf.d/openclaw.conf
if "$written"; then systemctl restart systemd-journald; fi

place /etc/profile.d/openclaw-history.sh

place /etc/sysctl.d/60-openclaw.conf
kept=()
while IFS=' =' read -r key value; do
  file=/proc/sys/${key//.//}
  if [[ ! -e $file || $(<"$file") == "$value" ]]; then continue; fi
  # Containers and some kernels keep theirs; systemd-sysctl tries again at the next boot.
  if (printf '%s\n' "$value" >"$file") 2>/dev/null; then
    changed "set $key to $value"
  else
    kept+=("$key=$(<"$file")")
  fi
done < <(grep -v '^#' /etc/sysctl.d/60-openclaw.conf)
if ((${#kept[@]} > 0)); then say "  the kernel keeps ${kept[*]}"; fi

clock=
for service in chrony ntpsec openntpd systemd-timesyncd; do
  case $(systemctl is-enabled "$service" 2>/dev/null || true) in
    enabled | alias) clock=$service ;;
    # Somebody's decision: the clock may be the hypervisor's.
    masked) clock=masked ;;
    *) ;;
  esac
  if [[ -n $clock ]]; then break; fi
done
if [[ -z $clock ]]; then
  systemctl enable --quiet --now systemd-timesyncd
  changed "enabled systemd-timesyncd"
fi

swap=/var/swap/openclaw
memory_mib=$(awk '/^MemTotal:/ { print int($2 / 1024) }' /proc/meminfo)
wanted_mib=$(parameter .swapMiB)
# A "4 GB" server has a little less than 4096 MiB: it gets swap too. OpenClaw's own tools peak at 1.4 GB.
if [[ -z $wanted_mib ]]; then wanted_mib=$((memory_mib < 4096 ? 2048 : 0)); fi
current_mib=0
if [[ -e $swap ]]; then current_mib=$(($(stat -c %s "$swap") / 1048576)); fi

stop_swap() {
  systemctl disable --quiet --now var-swap-openclaw.swap 2>/dev/null || true
  rm -f "$swap"
}

if ((wanted_mib == 0)); then
  if ((current_mib > 0)); then
    stop_swap
    changed "removed the swap file"
  fi
  exit 0
fi
if ((current_mib != wanted_mib)); then
  install -d -m 0700 /var/swap
  type=$(findmnt -no FSTYPE -T /var/swap)
  free_mib=$(($(df --output=avail -B1M /var/swap | tail -n 1) + current_mib))
  case $type in
    ext4 | xfs) ;;
    *)
      say "  no swap file: the file system of /var/swap is $type, which cannot hold one"
      exit 0
      ;;
  esac
  if ((free_mib < wanted_mib + 2048)); then
    say "  no swap file of $wanted_mib MiB: $free_mib MiB are free in /var/swap, and 2048 MiB must stay free"
    exit 0
  fi
  stop_swap
  fallocate -l "${wanted_mib}M" "$swap.new"
  chmod 600 "$swap.new"
  mkswap "$swap.new" >/dev/null
  mv "$swap.new" "$swap"
  changed "made a swap file of $wanted_mib MiB for $memory_mib MiB of memory"
fi
place /etc/systemd/system/var-swap-openclaw.swap
if "$written"; then systemctl daemon-reload; fi
if systemd-detect-virt --quiet --container; then
  say "  the swap file is not used: this is a container, whose swap is its host's"
else
  running var-swap-openclaw.swap
fi
