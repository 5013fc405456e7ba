# shellcheck shell=bash
# What every step uses. A step is a script of its own that runs as root in the stage's directory.
# Sourced; the variables are the steps'.
# shellcheck disable=SC2034

set -euo pipefail

guard=/usr/local/lib/openclaw/guard.sh
apt_log=/var/log/openclaw/apt.log

say() { printf '%s\n' "$*"; }

# One thing that was not as it should be, and is now.
changed() {
  printf '  %s\n' "$*"
  printf '%s\n' "$*" >>"${CHANGES:-/dev/null}"
}

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# A value of parameters.json by its jq path; lists give one line each.
parameter() { jq -r "$1 // empty" parameters.json; }

# put <file> <target> [mode] [owner:group]: makes the target that file; sets `written`.
# With guarded=true, what was there comes back by itself unless a new connection confirms.
written=false
guarded=false
put() {
  local file=$1 target=$2 mode=${3:-644} owner=${4:-root:root}
  written=false
  if [[ -f $target && ! -L $target ]] && cmp -s "$file" "$target" && [[ $(stat -c '%a %U:%G' "$target") == "$mode $owner" ]]; then
    return 0
  fi
  if "$guarded"; then arm; fi
  mkdir -p "$(dirname "$target")"
  install -m "$mode" -o "${owner%:*}" -g "${owner#*:}" "$file" "$target.openclaw-new"
  mv -f "$target.openclaw-new" "$target"
  written=true
  changed "wrote $target"
}

# place <target> [mode]: puts the file that the stage carries for that path.
place() { put "host$1" "$1" "${2:-644}"; }

# unplace <target>: removes a file of ours; sets `written`.
unplace() {
  written=false
  [[ -e $1 ]] || return 0
  if "$guarded"; then arm; fi
  rm -f "$1"
  written=true
  changed "removed $1"
}

# From here on, SSH and firewall settings come back by themselves unless confirm.sh arrives by a new connection.
arm() {
  local home
  home=$(getent passwd "$(parameter .ssh.user)" | cut -d: -f6)
  "$guard" arm etc/ssh/sshd_config.d etc/ssh/openclaw-tunnel.keys etc/ufw etc/default/ufw "${home#/}/.ssh/authorized_keys"
}

# Enabled at boot, and running now.
running() {
  local unit
  for unit in "$@"; do
    if systemctl is-enabled --quiet "$unit" 2>/dev/null && systemctl is-active --quiet "$unit"; then continue; fi
    systemctl enable --quiet --now "$unit" || fail "$unit does not start: systemctl status $unit says why"
    changed "started $unit"
  done
}

is_installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

apt_get() {
  mkdir -p "$(dirname "$apt_log")"
  DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get -q -y \
    -o DPkg::Lock::Timeout=300 -o Acquire::Retries=2 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 \
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
    "$@" >>"$apt_log" 2>&1
}

# install_packages <package>...: only those that are missing. Lists or mirrors may be busy: several attempts.
install_packages() {
  local missing=() package attempt attempts=${APT_ATTEMPTS:-4}
  for package in "$@"; do is_installed "$package" || missing+=("$package"); done
  if ((${#missing[@]} == 0)); then return 0; fi
  say "  installing ${missing[*]}"
  # What a power cut or a killed installation left: apt refuses to work before.
  mkdir -p "$(dirname "$apt_log")"
  DEBIAN_FRONTEND=noninteractive dpkg --force-confdef --force-confold --configure --pending >>"$apt_log" 2>&1 || true
  for ((attempt = 1; attempt <= attempts; attempt++)); do
    if apt_get update && apt_get install --no-install-recommends "${missing[@]}"; then
      changed "installed ${missing[*]}"
      return 0
    fi
    if ((attempt < attempts)); then
      say "  apt failed (attempt $attempt of $attempts), again in $((attempt * 10)) s"
      sleep $((attempt * 10))
    fi
  done
  grep -E '^(E|W|Err|dpkg):? ?' "$apt_log" | tail -n 8 >&2 || true
  say "error: apt could not install ${missing[*]}. Its words are above, all of them in $apt_log on the host." \
    "Can the host reach its package mirrors (apt-get update)?" >&2
  return 1
}
