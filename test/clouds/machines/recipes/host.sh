#!/usr/bin/env bash
# Writes the root file system of a Debian 13 host as a tar archive: host.sh <full|bare> <certificate> <archive>
# `bare` is what a provider's image holds; `full` has everything that the baseline would install.
set -euo pipefail
kind=$1 certificate=$2 archive=$3

base=systemd,systemd-sysv,libpam-systemd,dbus,openssh-server,cloud-init,sudo,curl,ca-certificates,iproute2,procps,python3
base+=,systemd-timesyncd,netcat-openbsd,e2fsprogs,kmod,iputils-ping
full=iptables,nftables,ufw,fail2ban,python3-systemd,unattended-upgrades,docker.io,docker-cli,docker-compose
full+=,docker-buildx,jq,gnupg,xfsprogs
include=$base
[[ $kind == full ]] && include+=,$full

customize=$(mktemp)
trap 'rm -f "$customize"' EXIT
cat >"$customize" <<'HOOK'
#!/usr/bin/env bash
set -euo pipefail
root=$1
install -d "$root/usr/local/share/ca-certificates"
install -m 644 "$CERTIFICATE" "$root/usr/local/share/ca-certificates/tests.crt"
chroot "$root" update-ca-certificates >/dev/null
printf 'datasource_list: [NoCloud]\n' >"$root/etc/cloud/cloud.cfg.d/90-datasource.cfg"
printf 'network: {config: disabled}\n' >"$root/etc/cloud/cloud.cfg.d/91-network.cfg"
# The network is there before systemd is.
chroot "$root" systemctl mask --quiet networking.service systemd-networkd-wait-online.service
# The clock is the computer's own: it may not be set here.
chroot "$root" systemctl mask --quiet systemd-timesyncd.service
rm -f "$root"/etc/ssh/ssh_host_*
: >"$root/etc/machine-id"
rm -f "$root/etc/hostname"
HOOK
chmod +x "$customize"

CERTIFICATE=$certificate mmdebstrap --quiet --variant=minbase --include="$include" \
  --customize-hook="$customize \"\$1\"" trixie "$archive"
