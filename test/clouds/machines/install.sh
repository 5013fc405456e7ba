#!/usr/bin/env bash
# Installs what tests with machines that boot need, on Debian 12 and later. Run it as root.
set -euo pipefail

packages=()
need() { command -v "$1" >/dev/null || packages+=("$2"); }
need dockerd docker.io
need docker-registry docker-registry
need dnsmasq dnsmasq-base
need dpkg-scanpackages dpkg-dev
need gpg gnupg
need iptables iptables
need ip iproute2
need losetup mount
need mkfs.xfs xfsprogs
need mmdebstrap mmdebstrap
need nft nftables
need nsenter util-linux
need openssl openssl
[[ -e /usr/share/keyrings/debian-archive-keyring.gpg ]] || packages+=(debian-archive-keyring)
if ((${#packages[@]} == 0)); then
  exit 0
fi

if ((EUID != 0)); then
  echo "install.sh installs packages (${packages[*]}); run it as root: sudo $0" >&2
  exit 1
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"
# The tests start their own; the package's would listen for nothing.
if [[ " ${packages[*]} " == *" docker-registry "* && -d /run/systemd/system ]]; then
  systemctl disable --quiet --now docker-registry
fi
