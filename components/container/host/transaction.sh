# shellcheck shell=bash disable=SC2154 # variables of release.sh
# Replaces what runs by another release, and goes back when that one is not good.

readonly journal=$data/journal.json

journal() { jq --raw-output "$1 // \"\"" "$journal"; }

# write_journal <generation> <previous or nothing> [<why it is undone>]
write_journal() {
  jq --null-input --arg generation "$1" --arg previous "$2" --arg undoing "${3:-}" \
    '{generation: $generation, previous: $previous, undoing: $undoing}' | write_file "$journal"
}

close_journal() {
  rm -f "$journal"
  sync "$data"
}

# The release that `current` means was verified.
commit() {
  local verified=$here/verified
  jq --arg at "$(date --utc +%Y-%m-%dT%H:%M:%SZ)" '{at: $at} + .' "$verified" >"$here/good.json"
  write_file "$current/good-openclaw.json" <"$current/state/openclaw.json"
  write_file "$current/good.json" <"$here/good.json"
  close_journal
}

# Back to what ran before; can be repeated when interrupted, because `current` alone decides what starts.
undo() {
  local generation=$1 previous=$2 why=$3
  if [[ -s $journal ]]; then
    # A volume that the rejected release filled must not keep it running.
    write_journal "$generation" "$previous" "$why" || say "the journal cannot be written: the data volume is full"
    stop_gateway
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

begin_again() {
  ensure_image "$current/release.json"
  if ! is_supervised; then
    stop_gateway
    start_gateway
  fi
  verify_current
}

# Completes a release that was interrupted, or undoes it where it is not good. It is completed first, because what it
# runs may have served, and written state, since then.
recover() {
  local generation name
  if [[ -s $journal ]]; then
    generation=$(journal .generation)
    if is_good "$generation"; then
      # It was verified; only the journal was still to be closed.
      close_journal
    elif [[ -n $(journal .undoing) ]]; then
      undo_interrupted
    elif [[ $(current_generation) == "$generation" ]]; then
      cp "$current/release.json" "$here/release.json"
      say "release ${generation#*-} was interrupted; completing it"
      attempt begin_again
      if ((attempted == 0)); then
        commit
      else
        say "it is not good, going back: $(reason)"
        undo_interrupted
      fi
    else
      # It never took over.
      close_journal
    fi
  fi
  # Generations that were made and never started.
  for name in $(generations); do
    if ! is_good "$name" && [[ $name != *-imported && $name != "$(current_generation)" ]]; then rm -rf "${data:?}/releases/$name"; fi
  done
}

undo_interrupted() {
  local why
  why=$(journal .undoing)
  attempt undo "$(journal .generation)" "$(journal .previous)" "${why:-$(reason)}"
  if ((attempted == 0)); then return; fi
  [[ ! -s $journal ]] || fail "an interrupted release cannot be undone: $(reason)"
  # The state is back; the rest is left to what was asked for now.
  say "what ran before does not start: $(reason)"
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
  write_journal "$generation" "$3"
  switch_to "$generation"
  install_commands
  say "starting OpenClaw $(jq --raw-output .version "$here/wanted.json") on 127.0.0.1:$(jq .port "$here/wanted.json"), about 15 s"
  start_gateway
  verify_current
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
  keep_what_was_there "$previous"
}

# After the state of an older release was taken: what was there last is kept aside and no longer pruned.
keep_what_was_there() {
  local kept
  [[ -s $here/restore && -d $data/releases/$1/state ]] || return 0
  kept=$data/rejected/$(date --utc +%Y%m%dT%H%M%SZ)-${1#*-}
  install --directory --mode 0700 "$data/rejected" "$kept"
  mv "$data/releases/$1/state" "$data/releases/$1/config" "$kept"
  say "the state that was there is kept in $kept"
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
