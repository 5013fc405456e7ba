# shellcheck shell=bash disable=SC2154 # variables of release.sh
# Whose state the volume holds: a stack never continues with somebody's state unless it was told to.

holds_state() { [[ -L $current || -d $data/releases ]] || [[ -n $(ls -A "$data/state" 2>/dev/null) ]]; }

check_owner() {
  local owner volume stack was=""
  owner=$(asked .owner)
  volume=$(asked .volume)
  stack=${owner##*/}
  mountpoint --quiet "$data" || fail "$data is not a mounted volume: starting there would begin with an empty state. Look for the reason with: systemctl status $(systemd-escape --path --suffix=mount "$data")"
  if [[ -s $data/owner.json ]]; then was=$(jq --raw-output .owner "$data/owner.json"); fi
  [[ $was == "$owner" ]] && return
  if holds_state && [[ $(asked .adopt) != true ]]; then
    fail "the data volume $volume holds the state of ${was:-an earlier gateway}; this stack is $owner. To continue with that state (destroy the other stack first):
  pulumi config set --stack $stack --path openclaw:data.adopt $volume
To start empty, use another volume."
  fi
  if holds_state; then say "continuing with the state of ${was:-an earlier gateway}"; fi
  jq '{owner}' "$request" | write_file "$data/owner.json"
}

check_docker() {
  docker version --format '{{.Server.Version}}' >/dev/null 2>"$here/docker.err" ||
    fail "Docker does not answer: $(head --lines 1 "$here/docker.err"). Look for the reason with: systemctl status docker"
}
