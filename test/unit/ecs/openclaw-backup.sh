#!/bin/sh
# Plays `openclaw backup` for tests: archives of the real layout, and failures on demand by files in $FAKE.
set -eu

case "$1 $2" in
"backup create") # --output <directory> --verify
  out=$4
  if [ -e "$FAKE/fail" ]; then
    echo half >"$out/half.tar.gz"
    echo "ENOSPC: no space left on device" >&2
    exit 1
  fi
  if [ -e "$FAKE/hang" ]; then
    echo half >"$out/half.tar.gz"
    trap 'touch "$FAKE/ended"; exit 143' TERM
    echo "$$" >"$FAKE/pid"
    touch "$FAKE/began"
    while :; do sleep 0.05; done
  fi
  mkdir -p "$TMPDIR/top/payload"
  cp -a "$OPENCLAW_STATE_DIR" "$TMPDIR/top/payload/state"
  echo '{"assets":[{"kind":"state","sourcePath":"/data/state","archivePath":"top/payload/state"}]}' >"$TMPDIR/top/manifest.json"
  tar -C "$TMPDIR" -czf "$out/made-by-openclaw.tar.gz" top
  ;;
"backup restore") # <archive> --target <directory>
  gzip -t "$3"
  echo "$OPENCLAW_STATE_DIR" >"$FAKE/restored-with"
  mkdir "$5"
  tar -C "$5" -xzf "$3"
  ;;
*)
  exit 64
  ;;
esac
