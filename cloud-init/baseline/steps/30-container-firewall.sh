#!/usr/bin/env bash
# What closes containers to the outside, and metadata addresses to containers: before Docker starts for the first time.
source ./lib.sh

parameter '.metadata[] | [.address, (.ports // [] | map(tostring) | join(","))] | join(" ") | rtrimstr(" ")' >metadata.conf
reapply=false
put metadata.conf /etc/openclaw/container-firewall.conf 600
if "$written"; then reapply=true; fi
place /usr/local/lib/openclaw/container-firewall.sh 755
if "$written"; then reapply=true; fi

reload=false
for unit in openclaw-container-firewall.service docker.service.d/openclaw.conf; do
  place "/etc/systemd/system/$unit"
  if "$written"; then reload=true; fi
done
if "$reload"; then systemctl daemon-reload; fi

if systemctl is-active --quiet openclaw-container-firewall.service; then
  if "$reapply"; then systemctl reload openclaw-container-firewall.service; fi
fi
running openclaw-container-firewall.service
