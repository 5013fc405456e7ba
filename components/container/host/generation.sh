# shellcheck shell=bash disable=SC2154 # variables of release.sh
# Directories of releases: `releases/<number>-<release id>/` with release.json, compose.yaml, gateway.env, state/ and
# config/. `good.json` is there once the release was verified.

# Names of the generations, oldest first.
generations() {
  [[ -d $data/releases ]] || return 0
  find "$data/releases" -mindepth 1 -maxdepth 1 -type d -name '[0-9]*-*' -printf '%f\n' | sort
}

# The generation that `current` means; empty when nothing was ever released.
current_generation() { if [[ -L $current ]]; then basename "$(readlink "$current")"; fi; }

check_current() {
  [[ ! -L $current || (-s $current/release.json && -d $current/state) ]] ||
    fail "$current points to $(current_generation), where release.json or state is missing. Put it back from a backup; or, to start over without that state: rm $current"
}

current_id() { jq --raw-output .id "$current/release.json"; }

is_good() { [[ -s $data/releases/$1/good.json ]]; }

# Whether `current` is a good generation of exactly this release.
is_current() { [[ -s $current/good.json ]] && same_json "$current/release.json" "$1"; }

next_name() {
  local last
  last=$(generations | tail --lines 1)
  last=${last:-0-}
  printf '%06d-%s' "$((10#${last%%-*} + 1))" "$1"
}

# State that lies there from before the first release, e.g. brought from another machine, becomes a generation.
import_state() {
  [[ -d $data/state && ! -L $data/state ]] || return 0
  if rmdir "$data/state" 2>/dev/null; then return; fi
  install --directory --mode 0700 "$data/releases" "$data/releases/000000-imported"
  if [[ -d $data/config ]]; then mv "$data/config" "$data/releases/000000-imported/config"; fi
  mv "$data/state" "$data/releases/000000-imported/state"
}

# Where the next generation's state comes from; empty for an empty one.
source_generation() {
  if [[ -L $current ]]; then current_generation; elif [[ -d $data/releases/000000-imported ]]; then say 000000-imported; fi
}

# make_generation <name> <release.json>: everything but the state.
make_generation() {
  local directory=$data/releases/$1
  install --directory --mode 0700 "$data/releases" "$directory"
  install --directory --mode 0755 "$directory/candidate"
  write_file "$directory/release.json" <"$2"
  jq --join-output .compose "$2" | write_file "$directory/compose.yaml"
  jq --raw-output --from-file "$here/environment-file.jq" "$2" | write_file "$directory/gateway.env"
}

# copy_state <from generation or nothing> <to generation>: the gateway does not run meanwhile.
copy_state() {
  local from=$1 to=$data/releases/$2 part
  for part in state config; do
    rm -rf "${to:?}/$part"
    if [[ -n $from && -d $data/releases/$from/$part ]]; then
      cp --archive --reflink=auto "$data/releases/$from/$part" "$to/$part"
    else
      install --directory "$to/$part"
    fi
    chown 1000:1000 "$to/$part"
    chmod 0700 "$to/$part"
  done
  install --directory --owner 1000 --group 1000 --mode 0700 "$to/state/workspace"
  # `current` will point at it: after a power cut it must not be empty files.
  sync --file-system "$data"
}

# switch_to <generation>
switch_to() {
  point "$current" "releases/$1"
  [[ -e $data/state && ! -L $data/state ]] || point "$data/state" current/state
}

# reject <generation> <why>: what it wrote is kept, its secrets are not.
reject() {
  local from=$data/releases/$1 to part
  to=$data/rejected/$(date --utc +%Y%m%dT%H%M%SZ)-${1#*-}
  [[ -d $from ]] || return 0
  install --directory --mode 0700 "$data/rejected" "$to"
  printf '%s\n' "$2" >"$to/why.txt"
  for part in state config; do if [[ -d $from/$part ]]; then mv "$from/$part" "$to/$part"; fi; done
  rm -rf "$from"
  sync --file-system "$data"
  say "the state that the rejected release wrote is kept in $to"
}
