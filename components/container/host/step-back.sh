# shellcheck shell=bash disable=SC2154 # variables of release.sh
# What is to run: the release that was sent, or a known-good one of this host, with today's secrets.

# The newest good generation of a release id; empty when there is none.
generation_of() {
  local name
  for name in $(generations | sort --reverse); do
    if [[ ${name#*-} == "$1" ]] && is_good "$name"; then
      say "$name"
      return
    fi
  done
}

list_good() {
  local name
  for name in $(generations | sort --reverse); do
    is_good "$name" || continue
    printf '  %s  OpenClaw %s, good since %s%s\n' "${name#*-}" "$(jq --raw-output .version "$data/releases/$name/release.json")" \
      "$(jq --raw-output .at "$data/releases/$name/good.json")" "$([[ $name == "$(current_generation)" ]] && printf ' (in place)')"
  done
}

# Databases whose schema a newer version raised since: "state/openclaw.sqlite: schema 17 then, 18 now".
migrations() {
  jq --null-input --raw-output --slurpfile before "$data/releases/$1/good.json" --slurpfile now "$current/good.json" '
    $now[0].schema | to_entries[] | . as {$key, $value}
    | ($before[0].schema[$key] // $value) | select(. < $value) | "\($key): schema \(.) then, \($value) now"'
}

check_step_back() {
  local to=$1 from port stack
  stack=$(asked .owner)
  stack=${stack##*/}
  port=$(jq .port "$data/releases/$to/release.json")
  [[ $port == "$(asked .release.port)" ]] ||
    fail "release ${to#*-} listens on port $port. Go back to that one too:
  pulumi config set --stack $stack --path openclaw:gateway.port $port"
  from=$(current_generation)
  [[ ${from#*-} == "${to#*-}" ]] && return
  if [[ $(asked .stepBack.restoreState) == true ]]; then
    [[ -d $data/releases/$to/state ]] || fail "the state of release ${to#*-} is no longer kept: without openclaw:gateway.restoreState it goes on with the present one"
    printf '%s\n' "$to" >"$here/restore"
    return
  fi
  migrations "$to" >"$here/migrations"
  [[ -s $here/migrations ]] || return 0
  fail "release ${to#*-} cannot run on the present state, which a newer OpenClaw has migrated ($(paste --serial --delimiters ';' "$here/migrations")). The gateway was left as it is. To go back with the state that it left when the newer release took over (what is there now is kept aside):
  pulumi config set --stack $stack --path openclaw:gateway.restoreState true"
}

# Leaves the release in $here/wanted.json.
wanted_release() {
  local id name
  id=$(asked '.stepBack.to // ""')
  asked .release >"$here/wanted.json"
  [[ -n $id ]] || return 0
  name=$(generation_of "$id")
  [[ -n $name ]] || fail "no known-good release $id on this host. There are:
$(list_good)"
  check_step_back "$name"
  # Its own values, but no secret that was replaced since.
  jq --slurpfile now "$here/wanted.json" '$now[0].environment as $today
    | reduce .secrets[] as $name (.; if $today | has($name) then .environment[$name] = $today[$name] else . end)' \
    "$data/releases/$name/release.json" >"$here/stepped.json"
  mv "$here/stepped.json" "$here/wanted.json"
}
