# shellcheck shell=bash disable=SC2154 # variables of release.sh
# Replaces what runs by another release, and goes back when that one is not good.

# Back to what ran before; can be repeated when interrupted, because `current` alone decides what starts.
undo() {
  local generation=$1 previous=$2 why=$3
  if [[ -s $journal ]]; then
    # A volume that the rejected release filled must not keep it running.
    write_journal "$generation" "$previous" "$why" || say "the data volume is full; going back with the room that is kept for that"
    stop_gateway
    use_reserve
    write_journal "$generation" "$previous" "$why"
    if [[ -n $previous ]]; then switch_to "$previous"; else forget_current; fi
    reject "$generation" "$why"
    close_journal
  else
    # It never started.
    rm -rf "${data:?}/releases/$generation"
  fi
  [[ -n $previous ]] || return 0
  say "going back to OpenClaw $(jq --raw-output .version "$current/release.json")"
  ensure_image "$current/release.json"
  start_gateway
  verify_current
  say "the gateway that ran before runs again, verified"
}

# abandon <generation> <previous>: after a failed attempt; ends the release.
abandon() {
  local why
  why=$(reason)
  attempt undo "$1" "$2" "$why"
  if ((attempted != 0)); then fail "$why. Going back to what ran before failed too: $(reason)"; fi
  if [[ -z $2 ]]; then fail "the first release failed: $why. Nothing runs on this host yet."; fi
  fail "the release failed: $why. The gateway that ran before runs again, with its state and configuration."
}

forget_current() {
  systemctl disable --quiet "$unit" 2>/dev/null || true
  rm -f "$current" "$data/state" "$stopped" "$held"
}

take_over() {
  local generation=$1 from=$2 state
  state=$data/releases/$generation/state
  stop_gateway
  copy_state "$from" "$generation"
  if [[ -f $current/state/openclaw.json && -f $here/seen-openclaw.json && $from == "$3" ]] &&
    ! cmp --silent "$current/state/openclaw.json" "$here/seen-openclaw.json"; then
    # Somebody changed it in the dashboard meanwhile.
    check_config "$generation" "$here/wanted.json" "$state"
  fi
  place_config "$generation" "$state"
  rm -rf "$data/releases/$generation/candidate"
  sync --file-system "$data"
  write_journal "$generation" "$3" "" "$(aside_for "$3")"
  switch_to "$generation"
  install_commands
  say "starting OpenClaw $(jq --raw-output .version "$here/wanted.json") on 127.0.0.1:$(jq .port "$here/wanted.json"), about 15 s"
  start_gateway
  verify_current
  smoke_test
}

# Nothing is stopped before the new version accepted the configuration.
replace() {
  local generation previous from began id
  cp "$here/wanted.json" "$here/release.json"
  id=$(jq --raw-output .id "$here/wanted.json")
  previous=$(current_generation)
  import_state
  from=$(source_generation)
  if [[ -s $here/restore ]]; then from=$(cat "$here/restore"); fi
  check_space "$data/releases/$from/state"
  keep_reserve
  ensure_image "$here/wanted.json"
  generation=$(next_name "$id")
  make_generation "$generation" "$here/wanted.json"
  check_version "$generation" "$here/wanted.json"
  if [[ -f $data/releases/$from/state/openclaw.json ]]; then cp "$data/releases/$from/state/openclaw.json" "$here/seen-openclaw.json"; fi
  check_config "$generation" "$here/wanted.json" "$data/releases/$from/state"

  if is_supervised; then began=$EPOCHREALTIME; fi
  attempt take_over "$generation" "$from" "$previous"
  if ((attempted != 0)); then abandon "$generation" "$previous"; fi
  commit
  if [[ -n ${began:-} ]]; then
    downtime=$(jq --null-input "$EPOCHREALTIME - $began | . * 10 | round / 10")
    say "verified; the gateway was away for $downtime s"
  else
    say "verified"
  fi
}

# The release that was asked for is in place: it is verified, and started again where it is not well.
keep_running() {
  attempted=1
  if is_supervised; then
    say "release $(current_id) runs, verifying it"
    attempt verify_current
  fi
  if ((attempted != 0)); then start_current_again; else say "the gateway runs this release already, verified"; fi
}

# The release is in place but not well: it starts again on the state that is there, with its configuration checked.
start_current_again() {
  local generation
  generation=$(current_generation)
  cp "$here/wanted.json" "$here/release.json"
  say "the gateway does not run as it should; starting it again"
  ensure_image "$here/wanted.json"
  check_config "$generation" "$here/wanted.json" "$current/state"
  stop_gateway
  place_config "$generation" "$current/state"
  rm -rf "$data/releases/$generation/candidate"
  start_gateway
  verify_current
  say "verified"
}

outcome() {
  jq --compact-output --null-input --arg release "$(current_id)" --arg downtime "${downtime:-}" \
    '{release: $release} + if $downtime == "" then {} else {downtimeSeconds: ($downtime | tonumber)} end'
}
