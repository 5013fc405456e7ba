#!/usr/bin/env bash
# Addresses that keep trying are banned; from the journal, for there is no log file.
source ./lib.sh

place /etc/fail2ban/filter.d/openclaw-sshd.conf
reload=$written
place /etc/fail2ban/jail.d/openclaw.local
if "$written" || "$reload"; then
  fail2ban-client --test >fail2ban.log 2>&1 || {
    cat fail2ban.log >&2
    fail "fail2ban refuses its configuration: its words are above"
  }
  systemctl restart fail2ban
fi
running fail2ban
