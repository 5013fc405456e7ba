#!/usr/bin/env bash
# Installs what the simulated Fargate needs beside the machines' engine, on Debian 12 and later. Run it as root.
set -euo pipefail

packages=()
[[ -x /bin/busybox ]] && file_info=$(ldd /bin/busybox 2>&1 || true)
[[ ${file_info:-} == *"not a dynamic executable"* ]] || packages+=(busybox-static)
command -v python3 >/dev/null || packages+=(python3-minimal)
if ((${#packages[@]} == 0)); then
  exit 0
fi

if ((EUID != 0)); then
  echo "install.sh installs packages (${packages[*]}); run it as root: sudo $0" >&2
  exit 1
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"
