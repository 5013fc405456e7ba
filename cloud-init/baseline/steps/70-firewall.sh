#!/usr/bin/env bash
# ufw: nothing comes in but SSH, and that only from ssh.allowedCidrs. Rules that the configuration does not know go.
source ./lib.sh

port=$(parameter .ssh.port)
mapfile -t allowed < <(parameter '.ssh.allowedCidrs[]')
stamp=/var/lib/openclaw/firewall

fingerprint() {
  {
    printf '%s\n' "$port" "${allowed[@]}"
    cat /etc/ufw/ufw.conf /etc/ufw/user.rules /etc/ufw/user6.rules /etc/default/ufw
  } | sha256sum
}

# ufw itself does not notice when somebody emptied the tables (iptables -F), and never mends it.
loaded() {
  iptables -w 10 -C INPUT -j ufw-before-input 2>/dev/null &&
    { [[ ! -e /proc/sys/net/ipv6 ]] || ip6tables -w 10 -C INPUT -j ufw6-before-input 2>/dev/null; }
}
active() { [[ $(ufw status) == "Status: active"* ]] && loaded; }
at_boot() { systemctl is-enabled --quiet ufw && systemctl is-active --quiet ufw; }

if [[ -e $stamp && $(<"$stamp") == "$(fingerprint)" ]] && active && at_boot; then exit 0; fi

ports=$(sshd -T | sed -n 's/^port //p' | paste -sd ' ')
[[ " $ports " == *" $port "* ]] ||
  fail "sshd listens on $ports, not on $port (ssh.port): that would shut everybody out. The firewall is as it was"

# Who is connected now would be shut out a moment later: better said before.
outside=$(ss -Htn state established "( sport = :$port )" | awk '{ print $4 }' | python3 -c '
import ipaddress, sys
peers = {ipaddress.ip_address(line.rsplit(":", 1)[0].strip("[]").split("%")[0]) for line in sys.stdin}
peers = {getattr(peer, "ipv4_mapped", None) or peer for peer in peers}
allowed = [ipaddress.ip_network(cidr, strict=False) for cidr in sys.argv[1:]]
if peers and not any(peer in network for peer in peers for network in allowed):
    print(" ".join(sorted(map(str, peers))))
' "${allowed[@]}")
[[ -z $outside ]] || fail "this deployment comes from $outside, which is outside ssh.allowedCidrs (${allowed[*]}): it would shut itself out. Add the address (as $outside/$([[ $outside == *:* ]] && echo 128 || echo 32), say). The firewall is as it was"

arm
# Each change loads everything again: with many ranges they take longer than the way back waits.
ufw_do() {
  local said
  arm
  said=$(ufw "$@" 2>&1) || fail "ufw $* failed: ${said%%$'\n'*}"
}
sed -i 's/^IPV6=.*/IPV6=yes/' /etc/default/ufw
# Each of these loads everything again, which takes seconds.
policy() { grep -qx "DEFAULT_$1_POLICY=\"$2\"" /etc/default/ufw || ufw_do default "$3" "$4"; }
policy INPUT DROP deny incoming
policy OUTPUT ACCEPT allow outgoing
policy FORWARD DROP deny routed

mapfile -t rules < <(ufw show added | grep '^ufw ' || true)
for rule in "${rules[@]}"; do
  case $rule in *" comment 'openclaw ssh'") ;; *) changed "removed the rule \"${rule#ufw }\", which the configuration does not know" ;; esac
  mapfile -t words < <(sed -E "s/^ufw //; s/ comment '.*'$//" <<<"$rule" | xargs -n 1)
  if [[ ${words[0]} == route ]]; then ufw_do route delete "${words[@]:1}"; else ufw_do delete "${words[@]}"; fi
done

for cidr in "${allowed[@]}"; do
  # ufw takes either of these two words for both families.
  case $cidr in
    0.0.0.0/0) halves=(0.0.0.0/1 128.0.0.0/1) ;;
    ::/0) halves=(::/1 8000::/1) ;;
    *) halves=("$cidr") ;;
  esac
  for half in "${halves[@]}"; do
    ufw_do allow proto tcp from "$half" to any port "$port" comment 'openclaw ssh'
  done
done
ufw_do --force enable
if ! loaded; then
  for tables in iptables ip6tables; do "$tables-save" | grep -v ufw | "$tables-restore" -w 10; done
  ufw_do reload
  changed "loaded ufw's rules, which somebody had taken out"
fi
running ufw
active || fail "ufw does not get active: ufw status"
fingerprint >"$stamp"
changed "SSH comes in from ${allowed[*]}, and nothing else does"
