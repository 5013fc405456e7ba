# shellcheck shell=bash disable=SC2154 # variables of release.sh
# Files that are either the old ones or the new ones, and on the disk when a function returns.

# write_file <path> [<mode>]: replaces it by standard input; fails and leaves it as it is where there is no room. Each step
# asks for the one before: in a condition bash would go on.
write_file() {
  local path=$1 mode=${2:-0600}
  install --mode "$mode" /dev/null "$path.partial" &&
    cat >"$path.partial" &&
    sync "$path.partial" &&
    mv --force --no-target-directory "$path.partial" "$path" &&
    sync "$(dirname "$path")" && return
  rm -f "$path.partial"
  return 1
}

# point <link> <target>: replaces a link in one step.
point() {
  ln --symbolic --force --no-dereference "$2" "$1.partial"
  mv --force --no-target-directory "$1.partial" "$1"
  sync "$(dirname "$1")"
}

# Whether two JSON files hold the same.
same_json() { [[ -s $1 && -s $2 ]] && jq --exit-status --null-input --slurpfile a "$1" --slurpfile b "$2" '$a == $b' >/dev/null; }

megabytes() { printf '%s MB' "$((($1 + 999999) / 1000000))"; }

# Whether copies on the data volume share their blocks: instant, and without space.
has_reflinks() {
  local probe=$data/.reflink status=0
  printf x >"$probe"
  cp --reflink=always "$probe" "$probe.copy" 2>/dev/null || status=1
  rm -f "$probe" "$probe.copy"
  return "$status"
}

# The first start of a version writes about 60 MB; the rest is room for the databases to grow.
readonly reserve=300000000

# check_space <directory that will be copied>
check_space() {
  local free needed=$reserve
  free=$(df --output=avail --block-size=1 "$data" | tail --lines 1)
  if ! has_reflinks && [[ -d $1 ]]; then needed=$((needed + $(du --summarize --block-size=1 "$1" | cut --fields 1))); fi
  ((free >= needed)) && return
  fail "the data volume has $(megabytes "$free") free; the copy of the state that makes a release reversible, and its start, need $(megabytes "$needed"). The gateway was left as it is. Raise openclaw:data.sizeGb, or free some space; the states of rejected releases in $data/rejected take $(size_of_rejected)"
}

# Room to go back from a release that fills the volume.
readonly reserved=$data/reserve

keep_reserve() { [[ -s $reserved ]] || fallocate --length 64MiB "$reserved"; }

# Once nothing else writes to the volume.
use_reserve() {
  rm -f "$reserved"
  sync --file-system "$data"
}

# How much the states of rejected releases take, each block that they share counted in each.
size_of_rejected() {
  local size
  size=$(du --summarize --human-readable "$data/rejected" 2>/dev/null | cut --fields 1) || true
  printf '%s' "${size:-0}"
}
