#!/usr/bin/env bash
# Debian's own packages that the other steps need. Docker has a step of its own.
source ./lib.sh

packages=(ca-certificates curl e2fsprogs fail2ban gnupg iproute2 iptables jq nftables procps python3-systemd tar
  ufw unattended-upgrades util-linux xfsprogs)
clock=systemd-timesyncd
for other in chrony ntpsec openntpd; do
  if is_installed "$other"; then clock=$other; fi
done
install_packages "${packages[@]}" "$clock"
