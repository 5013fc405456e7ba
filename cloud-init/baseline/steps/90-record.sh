#!/usr/bin/env bash
# What this host is now, for people and for later stages.
source ./lib.sh

mount_point=$(parameter .data.mountPoint)
# shellcheck disable=SC1091 # the host's own
system=$(. /etc/os-release && echo "$PRETTY_NAME")
jq -S -n --slurpfile parameters parameters.json \
  --arg system "$system" \
  --arg docker "$(docker version --format '{{.Server.Version}}')" \
  --arg compose "$(docker compose version --short)" \
  --arg ufw "$(dpkg-query -W -f '${Version}' ufw)" \
  --arg fail2ban "$(dpkg-query -W -f '${Version}' fail2ban)" \
  --arg openssh "$(dpkg-query -W -f '${Version}' openssh-server)" \
  --arg type "$(findmnt -no FSTYPE --mountpoint "$mount_point" | tail -n 1)" \
  --arg uuid "$(findmnt -no UUID --mountpoint "$mount_point" | tail -n 1)" \
  --arg swap "$(systemctl is-active var-swap-openclaw.swap || true)" '{
    system: $system,
    versions: { docker: $docker, compose: $compose, ufw: $ufw, fail2ban: $fail2ban, openssh: $openssh },
    data: { type: $type, uuid: $uuid },
    swap: ($swap == "active"),
    applied: $parameters[0]
  }' >baseline.json
put baseline.json /etc/openclaw/baseline.json 600
