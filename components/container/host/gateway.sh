# shellcheck shell=bash disable=SC2154 # variables of release.sh
# The gateway's container under systemd: started, stopped, and whatever is left of an earlier one.

container_runs() { [[ $(docker container inspect --format '{{.State.Running}}' "$container" 2>/dev/null) == true ]]; }

is_supervised() { systemctl is-active --quiet "$unit" && container_runs; }

# Nothing of it runs when this returns, its container is gone, and nobody can start it: the unit asks for the file.
stop_gateway() {
  if systemctl is-active --quiet "$unit" || container_runs; then
    say "stopping the gateway gracefully: work in progress may finish, within 330 s"
  fi
  touch "$stopped" "$held"
  if [[ $(systemctl show --property LoadState --value "$unit") == loaded ]]; then
    with_heartbeat stopping systemctl stop "$unit"
  fi
  # One that Compose left behind.
  if container_runs; then with_heartbeat stopping docker stop --time 330 "$container" >/dev/null; fi
  if docker container inspect "$container" >/dev/null 2>&1; then docker rm --force "$container" >/dev/null; fi
}

has_current_unit() { jq --join-output .unit "$current/release.json" | cmp --silent - "/etc/systemd/system/$unit"; }

# Starts what `current` means; returns when it was started, not when it is ready.
start_gateway() {
  if ! has_current_unit; then
    jq --join-output .unit "$current/release.json" | write_file "/etc/systemd/system/$unit" 0644
    systemctl daemon-reload
  fi
  systemctl enable --quiet "$unit"
  systemctl reset-failed "$unit" 2>/dev/null || true
  date +%s >"$here/started"
  rm -f "$held"
  systemctl start "$unit"
  rm -f "$stopped"
}

# What people run on the host.
install_commands() {
  local command
  for command in openclaw openclaw-dashboard openclaw-status; do
    install -D --mode 0755 "$here/$command.sh" "$scripts/$command"
  done
}
