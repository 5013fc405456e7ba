# shellcheck shell=bash disable=SC2154 # variables of release.sh
# What a release has still to do, for whoever goes on with it.

journal() { jq --raw-output "$1 // \"\"" "$journal"; }

# write_journal <generation> <previous or nothing> [<why it is undone>] [<where the previous state is kept aside>]
write_journal() {
  jq --null-input --arg generation "$1" --arg previous "$2" --arg undoing "${3:-}" --arg aside "${4:-}" \
    '{generation: $generation, previous: $previous, undoing: $undoing, aside: $aside}' | write_file "$journal"
}

close_journal() {
  rm -f "$journal"
  sync "$data"
}

# The release that `current` means was verified.
commit() {
  jq --arg at "$(date --utc +%Y-%m-%dT%H:%M:%SZ)" '{at: $at} + .' "$here/verified" >"$here/good.json"
  write_file "$current/good-openclaw.json" <"$current/state/openclaw.json"
  write_file "$current/good.json" <"$here/good.json"
  finish
}

# What is to be done after that, and can be done again.
finish() {
  keep_what_was_there
  close_journal
}

# Where the state of a generation is kept that an older one replaces; empty when the state is only copied.
aside_for() {
  if [[ -s $here/restore && -d $data/releases/$1/state ]]; then printf '%s' "$data/rejected/$(date --utc +%Y%m%dT%H%M%SZ)-${1#*-}"; fi
}

# After the state of an older release was taken: what was there last is kept aside and no longer pruned.
keep_what_was_there() {
  local kept from part
  kept=$(journal .aside)
  [[ -n $kept ]] || return 0
  from=$data/releases/$(journal .previous)
  install --directory --mode 0700 "$data/rejected" "$kept"
  for part in state config; do if [[ -d $from/$part ]]; then mv "$from/$part" "$kept/$part"; fi; done
  sync --file-system "$data"
  say "the state that was there is kept in $kept"
}
