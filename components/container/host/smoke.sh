# shellcheck shell=bash disable=SC2154 # variables of release.sh
# O1: what runs is as confined as it was rendered, and the host as closed as its baseline left it.

# smoke <what> <wanted> <found> [<what to do>]
smoke() {
  [[ $2 == "$3" ]] || fail "$1 must be \"$2\", and is \"$3\"${4:+. On the host: $4}"
}

# What no release can mend is asked before anything is stopped.
check_host() {
  smoke "owner and mode of the data volume" "0:0 700" "$(stat --format '%u:%g %a' "$data")" \
    "sudo chown 0:0 $data && sudo chmod 700 $data"
  smoke "the host's firewall" "Status: active" "$(ufw status | head --lines 1)" "sudo ufw --force enable"
  nft list table inet openclaw >/dev/null 2>&1 ||
    fail "the rules by which containers are closed to the outside are not loaded. On the host: sudo systemctl restart openclaw-container-firewall"
}

# The addresses that a port of this host is bound to.
listeners() { ss --no-header --listening --numeric --tcp "sport = :$1" | awk '{sub(/:[^:]*$/, "", $4); print $4}' | sort --unique | paste --serial --delimiters ' '; }

inspected() { docker container inspect --format "$1" "$container"; }

smoke_test() {
  local port
  port=$(jq --raw-output .port "$current/release.json")
  smoke "the user of the gateway's container" 1000:1000 "$(inspected '{{.Config.User}}')"
  smoke "the user id in the gateway's container" 1000 "$(docker exec "$container" id --user)"
  smoke "the gateway's root file system being read-only" true "$(inspected '{{.HostConfig.ReadonlyRootfs}}')"
  smoke "what the gateway's container may keep of a root user's powers" ALL "$(inspected '{{join .HostConfig.CapDrop " "}}')"
  smoke "the limit of the container's log" "3 files of 10m" "$(inspected '{{index .HostConfig.LogConfig.Config "max-file"}} files of {{index .HostConfig.LogConfig.Config "max-size"}}')"
  smoke "the address that port $port of this host is bound to" 127.0.0.1 "$(listeners "$port")"
  smoke "owner and mode of the state" "1000:1000 700" "$(stat --format '%u:%g %a' "$current/state/")"
}
