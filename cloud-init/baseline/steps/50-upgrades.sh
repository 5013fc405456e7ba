#!/usr/bin/env bash
# Security updates by themselves, Docker's included; a reboot in its window, only when one is needed.
source ./lib.sh

place /etc/apt/apt.conf.d/52openclaw-unattended-upgrades
apt-config dump >/dev/null || fail "apt refuses its configuration: its words are above"
place /etc/systemd/system/apt-daily-upgrade.timer.d/openclaw.conf
if "$written"; then
  systemctl daemon-reload
  systemctl try-restart apt-daily-upgrade.timer
fi
running apt-daily.timer apt-daily-upgrade.timer
