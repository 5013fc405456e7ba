# shellcheck shell=bash disable=SC2154 # variables of release.sh
# openclaw.json: what the program owns goes in, what the user changed stays, and the new OpenClaw itself judges the result.

compose() {
  local file=$data/releases/$1/compose.yaml
  shift
  docker compose --file "$file" --progress quiet "$@"
}

# A text file as JSON; null when it is missing.
text_of() { if [[ -f $1 ]]; then jq --raw-input --slurp . "$1"; else printf null; fi; }

# merge_config <release.json> <state directory>: prints {"damaged":…,"config":…}.
merge_config() {
  local previous=$current/release.json
  [[ -s $previous ]] || previous=/dev/null
  jq --null-input --slurpfile release "$1" --slurpfile previous "$previous" \
    --slurpfile current <(text_of "$2/openclaw.json") --slurpfile last_good <(text_of "$current/good-openclaw.json") \
    '{current: $current[0], lastGood: $last_good[0], desired: $release[0].config, previouslyDesired: ($previous[0].config // {})}' |
    docker run --rm --interactive --network none --read-only --cap-drop ALL --security-opt no-new-privileges \
      --user 1000:1000 --env NODE_NO_WARNINGS=1 --volume "$here/node:/merge:ro" --entrypoint node \
      "$(jq --raw-output .image.tag "$1")" /merge/container/merge.mts
}

# OpenClaw's own words about what it refuses: keys of the configuration, or a state that a newer version has migrated.
refusal() {
  local words
  words=$(sed -n '/^{/,$p' "$here/check.out" | jq --raw-output --arg owner "$(asked .owner)" '
    if .issues then "this configuration:", (.issues[] | "  \(.path): \(.message)"),
      ($owner | split("/") | last | "The keys are those of openclaw.json. Set one: pulumi config set --stack \(.) --path openclaw:config.<key> <value>",
        "Remove one: pulumi config rm --stack \(.) --path openclaw:config.<key>")
    else ":\(.error.message)" end' 2>/dev/null) || words=""
  if [[ -z $words ]]; then words=":$(cat "$here/check.out" "$here/check.err")"; fi
  last_words 20 <<<"${words/#:/$'to run:\n'}"
}

# check_version <generation> <release.json>: an image with another OpenClaw than the configuration names.
check_version() {
  local version said status=0 words
  version=$(jq --raw-output .version "$2")
  said=$(compose "$1" run --rm --no-TTY check openclaw --version 2>"$here/check.err" </dev/null) || status=$?
  if ((status != 0)); then
    words=$(last_words 5 < <(printf '%s' "${said:+$said$'\n'}" && cat "$here/check.err"))
    fail "the image does not run: \"openclaw --version\" in it ended with exit code $status${words:+, saying: $words}
Check that openclaw:gateway.image.reference, $(jq --raw-output .image.reference "$2"), is OpenClaw's own image or made from it, and for this machine's processor ($(uname --machine)).
$(untouched)"
  fi
  [[ " ${said//[()]/ } " == *" $version "* ]] ||
    fail "the image $(jq --raw-output .image.reference "$2") holds \"$(last_words 2 <<<"$said")\", openclaw:gateway.version is $version: name the image of that version
$(untouched)"
}

# check_config <generation> <release.json> <state directory>: leaves what was accepted in <generation>/candidate.
check_config() {
  local directory=$data/releases/$1 version state=()
  version=$(jq --raw-output .version "$2")
  install --directory --mode 0755 "$directory/candidate"
  merge_config "$2" "$3" >"$here/merged.json" 2>"$here/merge.err" ||
    fail "the new openclaw.json cannot be made: $(last_words <"$here/merge.err")"
  jq .config "$here/merged.json" | write_file "$directory/candidate/openclaw.json"
  chown 1000:1000 "$directory/candidate/openclaw.json"
  # Plugins that are installed in the state have a say.
  if [[ -d $3 ]]; then state=(--volume "$3:/home/node/.openclaw:ro"); fi
  if compose "$1" run --rm --no-TTY "${state[@]}" check >"$here/check.out" 2>"$here/check.err" </dev/null; then return; fi
  fail "OpenClaw $version refuses $(refusal)
$(untouched)"
}

# place_config <generation> <state directory>: puts what was accepted in place; one that is damaged is kept aside.
place_config() {
  local file=$2/openclaw.json aside
  if [[ $(jq .damaged "$here/merged.json") == true ]]; then
    aside=$file.damaged-$(date --utc +%Y%m%dT%H%M%SZ)
    cp --archive "$file" "$aside"
    say "openclaw.json was damaged; it is kept beside it as $(basename "$aside"), and the one of the last good release is taken"
  fi
  write_file "$file" <"$data/releases/$1/candidate/openclaw.json"
  chown 1000:1000 "$file"
}
