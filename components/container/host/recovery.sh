# shellcheck shell=bash disable=SC2154 # variables of release.sh
# The host goes on with an interrupted release by itself: what it needs for that, and what it tells the next release.

readonly told=/var/lib/openclaw/recovered
readonly recovery_unit=openclaw-recovery.service

# Puts what recover.sh is made of on the root disk, for root only; no secret is among it.
install_recovery() {
  local files=("$here"/*.sh "$here"/verify.mts "$here"/environment-file.jq) name old
  name=release-$(cat "${files[@]}" | sha256sum | cut --characters 1-12)
  if [[ $(readlink "$scripts/release" || true) != "$name" ]]; then
    rm -rf "${scripts:?}/$name"
    install --directory --mode 0700 "$scripts/$name"
    install --mode 0600 --target-directory "$scripts/$name" "${files[@]}"
    sync --file-system "$scripts"
    point "$scripts/release" "$name"
    for old in "$scripts"/release-*; do if [[ $old != "$scripts/$name" ]]; then rm -rf "$old"; fi; done
  fi
  if ! cmp --silent "$here/$recovery_unit" "/etc/systemd/system/$recovery_unit"; then
    write_file "/etc/systemd/system/$recovery_unit" 0644 <"$here/$recovery_unit"
    systemctl daemon-reload
  fi
  systemctl is-enabled --quiet "$recovery_unit" 2>/dev/null || systemctl enable --quiet "$recovery_unit"
}

# In the log, and for the next release to tell.
keep_what_was_said() {
  local now
  now=$(date --utc +%Y-%m-%dT%H:%M:%SZ)
  install --directory --mode 0700 /var/log/openclaw /var/lib/openclaw
  sed "s/^/$now /" "$here/said" >>/var/log/openclaw/recovery.log
  {
    printf 'this host went on by itself with a release that was interrupted, until %s:\n' "$now"
    sed 's/^/  /' "$here/said"
  } | write_file "$told"
}

tell_recovery() {
  [[ -s $told ]] || return 0
  cat "$told"
  rm -f "$told"
}
