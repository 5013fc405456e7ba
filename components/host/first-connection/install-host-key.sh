#!/usr/bin/env bash
# Gives sshd the Ed25519 host key that arrives on standard input. Runs as root; safe to repeat.
set -euo pipefail

directory=${OPENCLAW_SSH_DIRECTORY:-/etc/ssh}
umask 077
new=$(mktemp "$directory/.host-key.XXXXXX")
trap 'rm -f "$new" "$new.pub"' EXIT

cat >"$new"
ssh-keygen -y -P "" -f "$new" >"$new.pub"
chmod 0644 "$new.pub"
# sshd judges the key before it has no other.
"$(command -v sshd)" -t -h "$new"

mv -f "$new.pub" "$directory/ssh_host_ed25519_key.pub"
mv -f "$new" "$directory/ssh_host_ed25519_key"
sync -f "$directory"
# A reload keeps the connections that are open, this one among them.
systemctl reload ssh
