#!/usr/bin/env bash
# ufw does not see what Docker forwards to containers: this closes it, in tables and chains that ufw leaves alone.
#  - from outside, nobody opens a connection to a container, published or not;
#  - no packet for 127.0.0.0/8 comes in from outside: neighbours reach ports published on loopback otherwise
#    (https://github.com/moby/moby/issues/45610);
#  - containers reach no metadata address: /etc/openclaw/container-firewall.conf, one a line, with TCP ports or without.
# Replaces its own chains in one step each, so that it can run at any time.
set -euo pipefail

metadata=/etc/openclaw/container-firewall.conf
wait=10

# "Outside" is whatever is not one of Docker's bridges: a network that somebody names otherwise is closed, not open.
rules() {
  local family=$1 loopback=$2 refuse=$3 address ports
  cat <<RULES
*raw
:OPENCLAW-LOOPBACK - [0:0]
-A OPENCLAW-LOOPBACK ! -i lo -d $loopback -j DROP
COMMIT
*filter
:OPENCLAW-CONTAINERS - [0:0]
-A OPENCLAW-CONTAINERS -m conntrack --ctstate ESTABLISHED,RELATED -j RETURN
RULES
  while read -r address ports; do
    if [[ $family == 6 && $address == *:* || $family == 4 && $address != *:* ]]; then
      if [[ -n $ports ]]; then
        echo "-A OPENCLAW-CONTAINERS -d $address -p tcp -m multiport --dports $ports -j REJECT --reject-with tcp-reset"
      else
        echo "-A OPENCLAW-CONTAINERS -d $address -j REJECT --reject-with $refuse"
      fi
    fi
  done <"$metadata"
  cat <<'RULES'
-A OPENCLAW-CONTAINERS -i docker0 -j RETURN
-A OPENCLAW-CONTAINERS -i br-+ -j RETURN
-A OPENCLAW-CONTAINERS -j DROP
COMMIT
RULES
}

first() {
  local iptables=$1 table=$2 from=$3 to=$4
  if ! "$iptables" -w "$wait" -t "$table" -S "$from" 2>/dev/null | sed -n 2p | grep -qx -- "-A $from -j $to"; then
    "$iptables" -w "$wait" -t "$table" -D "$from" -j "$to" 2>/dev/null || true
    "$iptables" -w "$wait" -t "$table" -I "$from" -j "$to"
  fi
}

apply() {
  local iptables=$1
  shift
  "$iptables" -w "$wait" -t filter -N DOCKER-USER 2>/dev/null || true
  rules "$@" | "$iptables-restore" -w "$wait" --noflush
  first "$iptables" raw PREROUTING OPENCLAW-LOOPBACK
  first "$iptables" filter DOCKER-USER OPENCLAW-CONTAINERS
  # Docker puts this jump first itself when it starts; an engine without IPv6 rules does not.
  "$iptables" -w "$wait" -C FORWARD -j DOCKER-USER 2>/dev/null || "$iptables" -w "$wait" -I FORWARD -j DOCKER-USER
}

apply iptables 4 127.0.0.0/8 icmp-port-unreachable
if [[ -e /proc/sys/net/ipv6 ]]; then apply ip6tables 6 ::1/128 icmp6-port-unreachable; fi
