#!/usr/bin/env bash
# Docker with compose v2: what is installed stays; else from Docker's signed repository, or Debian's own packages.
source ./lib.sh

keyring=/etc/apt/keyrings/openclaw-docker.gpg
sources=/etc/apt/sources.list.d/openclaw-docker.sources

has_engine() { command -v dockerd >/dev/null && command -v docker >/dev/null; }
has_compose() { [[ $(docker compose version --short 2>/dev/null) =~ ^v?[2-9] ]]; }

# Docker's repository, once its key proved to be the expected one.
trust_repository() {
  local url expected fingerprints codename
  url=$(parameter .docker.keyUrl)
  expected=$(parameter .docker.keyFingerprint | tr -d ' ' | tr '[:lower:]' '[:upper:]')
  curl --fail --silent --show-error --location --retry 3 --max-time 60 --output docker.asc "$url" ||
    fail "Docker's signing key could not be fetched from $url: can the host reach it? With openclaw:host.dockerSource \"debian\", Debian's own packages are installed"
  gpg_do() { gpg --homedir gpg --batch --quiet "$@" 2>/dev/null; }
  install -d -m 0700 gpg
  fingerprints=$({ gpg_do --show-keys --with-colons docker.asc || true; } |
    awk -F: '$1 == "pub" { primary = 1 } $1 == "fpr" && primary { print $10; primary = 0 }' | paste -sd ' ')
  [[ $fingerprints == "$expected" ]] ||
    fail "the key at $url has the fingerprint ${fingerprints:-(none: it is not a key)}, expected was $expected: Docker was not installed, and nothing was trusted"
  # gpg shows the first block of a file and apt may read more: only the key that was seen is handed on.
  { gpg_do --import docker.asc && gpg_do --export "$expected" >docker.gpg; } ||
    fail "gpg cannot read the key at $url: Docker was not installed, and nothing was trusted"
  # shellcheck disable=SC1091 # the host's own
  codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
  cat >docker.sources <<SOURCES
Types: deb
URIs: $(parameter .docker.repositoryUrl)
Suites: $codename
Components: stable
Architectures: $(dpkg --print-architecture)
Signed-By: $keyring
SOURCES
  put docker.gpg "$keyring"
  put docker.sources "$sources"
}

case $(parameter .docker.source) in
  docker) packages=(docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin) ;;
  debian) packages=(docker.io docker-cli docker-buildx docker-compose) ;;
  *) fail "parameters.json: docker.source is neither \"docker\" nor \"debian\"" ;;
esac
if has_engine; then
  # Its own kind of compose, whatever the configuration says: the two kinds do not mix.
  if is_installed docker-ce; then packages=(docker-buildx-plugin docker-compose-plugin); else packages=(docker-buildx docker-compose); fi
fi

if ! has_engine || ! has_compose; then
  if ! has_engine && [[ $(parameter .docker.source) == docker ]]; then
    trust_repository
    install_packages "${packages[@]}" || {
      rm -f "$sources" "$keyring"
      fail "Docker could not be installed from $(parameter .docker.repositoryUrl): apt's words are above. The repository was taken out again"
    }
  else
    install_packages "${packages[@]}"
  fi
  has_compose || fail "docker compose v2 is not there although ${packages[*]} are installed: docker compose version"
fi

version=$(dockerd --version | sed -nE 's/^Docker version ([0-9]+)\..*/\1/p')
[[ -s /etc/docker/daemon.json ]] || install -D -m 0644 /dev/stdin /etc/docker/daemon.json.none <<<'{}'
current=/etc/docker/daemon.json
[[ -s $current ]] || current=/etc/docker/daemon.json.none
jq empty "$current" || fail "/etc/docker/daemon.json is not JSON: correct it, or remove it"
# The proxy for published ports stays on: without it, ports on loopback depend on route_localnet.
jq -S --slurpfile parameters parameters.json --argjson version "$version" '. + {
  "log-driver": "local",
  "log-opts": {
    "max-size": "\($parameters[0].logs.containerMaxMiB)m",
    "max-file": "\($parameters[0].logs.containerFiles)"
  },
  "live-restore": true,
  "no-new-privileges": true,
  "ip6tables": true
} + (
  # Docker before 27 has rules for IPv6 among its experiments only.
  if $version < 27 then { "experimental": true } else {} end
)' "$current" >daemon.json
rm -f /etc/docker/daemon.json.none
dockerd --validate --config-file daemon.json >validate.log 2>&1 || {
  cat validate.log >&2
  fail "Docker refuses the daemon.json that was made for it"
}
[[ ! -e /etc/docker/daemon.json ]] || cp -p /etc/docker/daemon.json daemon.json.before
put daemon.json /etc/docker/daemon.json
if "$written"; then
  # systemd refuses more than three starts a minute, whoever made them.
  systemctl reset-failed docker 2>/dev/null || true
  systemctl restart docker || {
    journalctl --no-pager --unit docker --lines 10 --output cat >&2
    if [[ -e daemon.json.before ]]; then cp -p daemon.json.before /etc/docker/daemon.json; else rm /etc/docker/daemon.json; fi
    systemctl reset-failed docker
    systemctl restart docker || true
    fail "Docker does not start with its new daemon.json; the old one is back. Docker's words are above"
  }
  changed "restarted Docker with its new settings"
fi
running docker
