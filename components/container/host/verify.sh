# shellcheck shell=bash disable=SC2154 # variables of release.sh
# G3: the gateway runs the expected version and accepts the stack's own token, and no other; asked from inside its container.

readonly start_seconds=180
readonly crashes_before_hopeless=3

gateway_words() {
  say "Its last words:"
  # Without what Compose says about its own doings.
  journalctl --unit "$unit" --since "@$(cat "$here/started" 2>/dev/null || printf 0)" --identifier openclaw-gateway --output cat --all --no-pager |
    sed --regexp-extended "/^( Container $container|Attaching to|Aborting on|Gracefully stopping)/d" | last_words 15
}

# Ends the attempt when waiting is pointless.
check_hope() {
  local state restarts status
  state=$(systemctl show --property ActiveState --value "$unit")
  restarts=$(($(systemctl show --property NRestarts --value "$unit") - $1))
  status=$(systemctl show --property ExecMainStatus --value "$unit")
  # While the next start is under way it is 0.
  if ((status != 0)); then last_exit=$status; fi
  if [[ $state == failed ]]; then
    fail "OpenClaw refuses to start (exit ${last_exit:-unknown})
$(gateway_words)"
  fi
  if [[ $state == inactive ]]; then
    fail "the gateway was stopped while it started: systemctl status $unit"
  fi
  if ((restarts >= crashes_before_hopeless)); then
    fail "OpenClaw crashed $restarts times (exit ${last_exit:-unknown})
$(gateway_words)"
  fi
}

# verify_current: leaves the schema of the state's databases in $here/verified.
verify_current() {
  local version port deadline status restarts
  restarts=$(systemctl show --property NRestarts --value "$unit")
  version=$(jq --raw-output .version "$current/release.json")
  port=$(jq --raw-output .port "$current/release.json")
  deadline=$((SECONDS + start_seconds))
  [[ -e $here/started ]] || date +%s >"$here/started"
  while true; do
    check_hope "$restarts"
    status=0
    if container_runs; then
      docker exec --interactive "$container" node --input-type=module-typescript - "$version" "$port" "$((deadline - SECONDS))" \
        <"$here/verify.mts" >"$here/verified" 2>"$here/verify.err" || status=$?
      if ((status == 0)); then break; fi
      if ((status == 10)); then fail "$(masked <"$here/verify.err")"; fi
    fi
    if ((SECONDS >= deadline)); then
      fail "the gateway did not start within $start_seconds s
$(gateway_words)"
    fi
    sleep 0.2
  done
  curl --fail --silent --output /dev/null --max-time 10 "http://127.0.0.1:$port/healthz" ||
    fail "the gateway is well inside its container, but does not answer on 127.0.0.1:$port of the host"
}
