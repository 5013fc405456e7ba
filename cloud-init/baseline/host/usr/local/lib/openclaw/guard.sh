#!/usr/bin/env bash
# The way back from SSH and firewall settings that shut everybody out.
#
#   arm <path>...    keeps a copy of these paths (relative to /); from now on they come back unless `disarm` is called:
#                    after 90 s, and at the next boot
#   wait <seconds>   all new settings are in force: starts the time anew
#   before <file>    whether that was before the file was made
#   disarm           the settings of today stay
#   undo             puts the copy back and loads it; the next confirm.sh learns of it
#   revert           the same for a baseline that failed: whoever comes next applies it again
#   restore          at boot, before firewall and SSH start: only puts the copy back
#   retry-next       what was undone is applied again by the next confirm.sh
#   forget           nobody needs to learn of it any more
#   state            idle, armed, undone or retry
set -euo pipefail

directory=/var/lib/openclaw/guard
snapshot=$directory/snapshot.tar
install -d -m 0700 /var/lib/openclaw "$directory"

exec 8>"$directory/lock"
flock 8

state() {
  local name=idle
  [[ ! -e $directory/state ]] || name=$(<"$directory/state")
  printf '%s\n' "$name"
}

become() {
  printf '%s\n' "$1" >"$directory/state.new"
  sync "$directory/state.new"
  mv "$directory/state.new" "$directory/state"
  sync "$directory"
}

stop_timer() { systemctl stop openclaw-undo.timer 2>/dev/null || true; }

start_timer() {
  stop_timer
  # A transient timer belongs to systemd: it outlives the connection.
  systemd-run --quiet --collect --unit=openclaw-undo --on-active="$1" --timer-property=AccuracySec=1s \
    "$(realpath "$0")" undo
}

keep_copy() {
  local path present=()
  for path in "$@"; do [[ ! -e /$path ]] || present+=("$path"); done
  printf '%s\n' "$@" >"$directory/paths"
  tar -C / --numeric-owner -cpf "$snapshot.new" "${present[@]}"
  sync "$snapshot.new" "$directory/paths"
  mv "$snapshot.new" "$snapshot"
  sync "$directory"
}

put_copy_back() {
  local path
  while IFS= read -r path; do rm -rf "/${path:?}"; done <"$directory/paths"
  tar -C / --numeric-owner -xpf "$snapshot"
}

load() {
  if grep -qx 'ENABLED=yes' /etc/ufw/ufw.conf; then
    ufw reload
  else
    /usr/lib/ufw/ufw-init force-stop
  fi
  systemctl reload ssh || systemctl restart ssh
}

undone() {
  [[ $(state) == armed ]] || return 0
  put_copy_back
  load
  become "$1"
  rm -f "$snapshot"
}

case $1 in
  arm)
    shift
    if [[ $(state) != armed ]]; then
      keep_copy "$@"
      become armed
    fi
    start_timer 90
    ;;
  wait)
    become armed
    start_timer "$2"
    ;;
  before) [[ $2 -nt $directory/state ]] ;;
  disarm)
    stop_timer
    become idle
    rm -f "$snapshot"
    ;;
  undo)
    undone undone
    echo "nobody confirmed the new SSH and firewall settings: the old ones are in force again"
    ;;
  revert)
    stop_timer
    undone retry
    ;;
  restore)
    [[ $(state) == armed ]] || exit 0
    put_copy_back
    become undone
    ;;
  retry-next) become retry ;;
  forget) become idle ;;
  state) state ;;
  *)
    echo "unknown: $1" >&2
    exit 2
    ;;
esac
