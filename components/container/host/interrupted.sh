# shellcheck shell=bash disable=SC2154 # variables of release.sh
# A release that was interrupted is completed, or undone where it is not good.

begin_again() {
  ensure_image "$current/release.json"
  # At boot its container is still to come.
  if ! systemctl is-active --quiet "$unit" || ! has_current_unit; then
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
    # Its secrets, to be masked.
    if [[ -s $data/releases/$generation/release.json ]]; then cp "$data/releases/$generation/release.json" "$here/release.json"; fi
    if is_good "$generation"; then
      say "release ${generation#*-} was interrupted when it was verified already"
      finish
    elif [[ -n $(journal .undoing) ]]; then
      undo_interrupted
    elif [[ $(current_generation) == "$generation" ]]; then
      say "release ${generation#*-} was interrupted; completing it"
      attempt begin_again
      if ((attempted == 0)); then
        commit
      else
        say "it is not good, going back: $(reason)"
        undo_interrupted
      fi
    else
      say "release ${generation#*-} was interrupted before it took over"
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
