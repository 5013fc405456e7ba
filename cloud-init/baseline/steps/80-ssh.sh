#!/usr/bin/env bash
# sshd: keys only, no root, the deploy user, and tunnels for those who may have one.
source ./lib.sh

user=$(parameter .ssh.user)
tunnel_user=openclaw-tunnel
tunnel_keys=/etc/ssh/openclaw-tunnel.keys

id "$user" >/dev/null 2>&1 || fail "the user \"$user\" (ssh.user) does not exist on this host"

guarded=true
home=$(getent passwd "$user" | cut -d: -f6)
install -d -m 0700 -o "$user" -g "$(id -gn "$user")" "$home/.ssh"
{
  echo "# Kept by openclaw: the stack's ssh.authorizedKeys. What else is added here goes with the next deployment."
  parameter '.ssh.authorizedKeys[]'
} >authorized_keys
put authorized_keys "$home/.ssh/authorized_keys" 600 "$user:$(id -gn "$user")"

end_tunnels() {
  pkill -KILL -u "$tunnel_user" || true
}

parameter '.ssh.tunnelKeys[]' | sed "s|^|restrict,port-forwarding,permitopen=\"127.0.0.1:$(parameter .ssh.gatewayPort)\" |" >tunnel.keys
if [[ -s tunnel.keys ]]; then
  if ! id "$tunnel_user" >/dev/null 2>&1; then
    useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$tunnel_user"
    changed "made the user $tunnel_user"
  fi
  put tunnel.keys "$tunnel_keys"
  if "$written"; then end_tunnels; fi
  place /etc/ssh/sshd_config.d/01-openclaw-tunnel.conf
  reload=$written
else
  unplace "$tunnel_keys"
  unplace /etc/ssh/sshd_config.d/01-openclaw-tunnel.conf
  reload=$written
fi
place /etc/ssh/sshd_config.d/00-openclaw.conf
if "$written"; then reload=true; fi
penalties=/etc/ssh/sshd_config.d/02-openclaw-penalties.conf
# An older sshd does not know the option, and a list of nobody is none.
if grep -q '^persourcepenaltyexemptlist ' <<<"$(sshd -T 2>/dev/null)" && grep -q '^PerSourcePenaltyExemptList .' "host$penalties"; then
  place "$penalties"
else
  unplace "$penalties"
fi
if "$written"; then reload=true; fi

sshd -t || fail "sshd refuses its configuration, in the words above"
# Another file may come first, or say more.
effective=$(sshd -T -C "user=$user,host=localhost,addr=127.0.0.1")
for line in "permitrootlogin no" "passwordauthentication no" "kbdinteractiveauthentication no" \
  "allowtcpforwarding local" "allowagentforwarding no" "x11forwarding no"; do
  grep -qx "$line" <<<"$effective" ||
    fail "sshd would not have \"$line\": another file in /etc/ssh decides it first (grep -ri ${line% *} /etc/ssh)"
done
users() { sort | paste -sd ' '; }
[[ $(sed -n 's/^allowusers //p' <<<"$effective" | users) == "$(sed -n 's/^AllowUsers //p' host/etc/ssh/sshd_config.d/00-openclaw.conf | tr ' ' '\n' | users)" ]] ||
  fail "sshd would let in other users than those of the configuration: grep -ri AllowUsers /etc/ssh"
if "$reload"; then systemctl reload ssh; fi

if [[ ! -s tunnel.keys ]] && id "$tunnel_user" >/dev/null 2>&1; then
  end_tunnels
  for _ in 1 2 3 4 5; do
    if userdel "$tunnel_user" 2>/dev/null; then break; fi
    sleep 1
  done
  changed "removed the user $tunnel_user"
fi
