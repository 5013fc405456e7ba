#!/usr/bin/env bash
# Installs moto into a virtual environment of the project's cache, once for each content of requirements.txt, and prints where.
set -euo pipefail
cd "$(dirname "$0")"

if ! python3 -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo "the tests' AWS needs python3, 3.11 or later, with venv; on Debian and Ubuntu: sudo apt-get install --no-install-recommends python3 python3-venv" >&2
  exit 1
fi

cache="${XDG_CACHE_HOME:-$HOME/.cache}/pulumi-openclaw"
# What a compiled package is for belongs to the key.
key="$(python3 -c 'import hashlib, platform, sys, sysconfig
content = open("requirements.txt", "rb").read() + f"{sys.version} {sys.base_prefix} {sysconfig.get_platform()} {platform.libc_ver()}".encode()
print(hashlib.sha256(content).hexdigest()[:12])')"
place="$cache/moto/$key"
if [[ -d $place ]]; then
  echo "$place"
  exit 0
fi

mkdir -p "$cache/moto"
# Two at once: the second waits and finds it made. Where there is no flock both make it, and the first one's is kept.
exec 9>"$cache/moto/lock"
leftovers=(-mmin +60)
if command -v flock >/dev/null; then
  flock 9
  leftovers=() # whoever began them died: the lock is here
fi
if [[ ! -d $place ]]; then
  find "$cache/moto" -maxdepth 1 -name 'unfinished-*' "${leftovers[@]}" -exec rm -rf {} +
  work="$(mktemp -d "$cache/moto/unfinished-XXXXXX")"
  trap 'rm -rf "$work"' EXIT
  python3 -m venv "$work/venv" >&2
  "$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all: -r requirements.txt >&2
  # Its python finds its packages wherever it lies; only the scripts in bin/ know their place, and nobody runs them.
  python3 -c 'import os, sys; os.rename(*sys.argv[1:])' "$work/venv" "$place" 2>/dev/null || [[ -d $place ]]
fi
echo "$place"
