# shellcheck shell=bash disable=SC2154 # variables of release.sh
# The last three good releases stay, with their state and their images; what was rejected stays until somebody removes it.

readonly kept_releases=3
readonly many_rejected=5

# Generations that stay: the newest of each of the last three releases.
kept_generations() {
  local name id seen=" " count=0
  for name in $(generations | sort --reverse); do
    id=${name#*-}
    is_good "$name" || continue
    [[ $seen != *" $id "* ]] || continue
    seen+="$id "
    count=$((count + 1))
    say "$name"
    if ((count == kept_releases)); then return; fi
  done
}

prune() {
  local name kept=() count
  mapfile -t kept < <(kept_generations)
  for name in $(generations); do
    # What was imported stays as long as the first release may still have to be made from it.
    if [[ $name == *-imported ]] && ((${#kept[@]} < kept_releases)); then continue; fi
    if [[ " ${kept[*]} " != *" $name "* ]]; then rm -rf "${data:?}/releases/$name"; fi
  done
  prune_images "${kept[@]}"
  count=$( (find "$data/rejected" -mindepth 1 -maxdepth 1 2>/dev/null || true) | wc --lines)
  if ((count > many_rejected)); then
    say "$count states of rejected releases are kept, $(size_of_rejected). Nothing removes them but you: sudo rm -r $data/rejected/<name>"
  fi
}

# prune_images <generation…>: removes those of every other release, with the images they were built from.
prune_images() {
  local name image base in_use=""
  for name in "$@"; do
    in_use+=$(jq --raw-output '.image.tag, .image.reference' "$data/releases/$name/release.json")$'\n'
  done
  while IFS= read -r image; do
    if is_line "$image" "$in_use"; then continue; fi
    base=$(docker image inspect --format '{{index .Config.Labels "org.opencontainers.image.base.name"}}' "$image")
    docker image rm "$image" >/dev/null 2>&1 || continue
    if [[ -n $base ]] && ! is_line "$base" "$in_use"; then docker image rm "$base" >/dev/null 2>&1 || true; fi
  done < <(docker image ls --format '{{.Repository}}:{{.Tag}}' openclaw-gateway)
  docker builder prune --force --filter until=168h >/dev/null 2>&1 || true
}

is_line() { grep --quiet --line-regexp --fixed-strings -- "$1" <<<"$2"; }
