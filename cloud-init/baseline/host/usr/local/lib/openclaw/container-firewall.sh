#!/usr/bin/env bash
# ufw does not see what Docker forwards to containers: this closes it.
#  - from outside, nobody opens a connection to a container, published or not;
#  - no packet for the loopback addresses comes in from outside: neighbours reach ports published on 127.0.0.1 otherwise
#    (https://github.com/moby/moby/issues/45610);
#  - containers reach no metadata address: /etc/openclaw/container-firewall.conf, one a line, with TCP ports or without.
#
# A table of its own, before those of iptables: a drop here is final whatever they accept, and in whatever order Docker,
# ufw and somebody's `iptables -F` leave them. (Rules in DOCKER-USER lose where Docker 26 finds that chain made already:
# it puts what it accepts before the jump.) Replaced in one step, so that it can run at any time.
set -euo pipefail

metadata=/etc/openclaw/container-firewall.conf

refused() {
  local address ports family
  while read -r address ports; do
    if [[ $address == *:* ]]; then family=ip6; else family=ip; fi
    if [[ -n $ports ]]; then
      echo "    $family daddr $address tcp dport { $ports } reject with tcp reset"
    else
      echo "    $family daddr $address reject"
    fi
  done <"$metadata"
}

# "Outside" is whatever is not one of Docker's bridges: a network that somebody names otherwise is closed, not open.
nft -f - <<RULES
table inet openclaw
delete table inet openclaw
table inet openclaw {
  chain loopback {
    type filter hook prerouting priority raw; policy accept;
    iifname != "lo" ip daddr 127.0.0.0/8 drop
    iifname != "lo" ip6 daddr ::1 drop
  }
  chain containers {
    type filter hook forward priority filter - 10; policy accept;
    ct state established,related accept
$(refused)
    iifname "docker0" accept
    iifname "br-*" accept
    drop
  }
}
RULES
