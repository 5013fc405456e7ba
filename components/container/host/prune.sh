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

images_of() { for name in "$@"; do jq --raw-output '.image.tag, .image.reference' "$data/releases/$name/release.json"; done; }

prune() {
  local name image kept=() gone=() kept_images="" images="" count
  mapfile -t kept < <(kept_generations)
  for name in $(generations); do
    # What was imported stays as long as the first release may still have to be made from it.
    if [[ $name == *-imported ]] && ((${#kept[@]} < kept_releases)); then continue; fi
    if [[ " ${kept[*]} " != *" $name "* ]]; then gone+=("$name"); fi
  done
  kept_images=$(images_of "${kept[@]}")
  for name in "${gone[@]}"; do
    if [[ -s $data/releases/$name/release.json ]]; then images+=$(images_of "$name")$'\n'; fi
    rm -rf "${data:?}/releases/$name"
  done
  while IFS= read -r image; do
    if ! grep --quiet --line-regexp --fixed-strings -- "$image" <<<"$kept_images"; then
      docker image rm "$image" >/dev/null 2>&1 || true
    fi
  done < <(sort --unique <<<"$images" | sed '/^$/d')
  if ((${#gone[@]} > 0)); then docker builder prune --force --filter until=168h >/dev/null 2>&1 || true; fi
  count=$(find "$data/rejected" -mindepth 1 -maxdepth 1 2>/dev/null | wc --lines)
  if ((count > many_rejected)); then say "$count rejected releases: $(list_rejected). Nothing removes it but you: sudo ls $data/rejected"; fi
}
