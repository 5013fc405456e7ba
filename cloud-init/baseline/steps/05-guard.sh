#!/usr/bin/env bash
# The way back from settings that shut everybody out: first, because later steps rely on it.
source ./lib.sh

install -d -m 0700 /etc/openclaw /var/lib/openclaw /var/log/openclaw
place /usr/local/lib/openclaw/guard.sh 755

# For confirm.sh, which applies it again when its settings were undone: all that this stage carries.
kept=/usr/local/lib/openclaw/baseline
mkdir -m 0700 kept
cp -R baseline.sh lib.sh host steps units parameters.json kept
if ! diff -rq kept "$kept" >/dev/null 2>&1; then
  rm -rf "$kept.new"
  cp -R kept "$kept.new"
  rm -rf "$kept"
  mv "$kept.new" "$kept"
fi

place /etc/systemd/system/openclaw-undo-at-boot.service
if "$written"; then systemctl daemon-reload; fi
if ! systemctl is-enabled --quiet openclaw-undo-at-boot.service; then
  systemctl enable --quiet openclaw-undo-at-boot.service
  changed "enabled openclaw-undo-at-boot.service"
fi
