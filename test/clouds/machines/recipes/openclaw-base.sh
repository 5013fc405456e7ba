#!/usr/bin/env bash
# Writes the root file system under the OpenClaw images as a tar archive: openclaw-base.sh <archive>
# The same Debian packages as the official image has (its Dockerfile), with Node.js from its npm package.
set -euo pipefail
archive=$1
# shellcheck disable=SC2016 # mmdebstrap gives the directory to the hook as $1
mmdebstrap --quiet --variant=minbase \
  --include=ca-certificates,curl,git,hostname,lsof,openssl,procps,python3,tini \
  --customize-hook='chroot "$1" groupadd --gid 1000 node' \
  --customize-hook='chroot "$1" useradd --uid 1000 --gid node --create-home --shell /bin/bash node' \
  --customize-hook='install -d -m 700 -o 1000 -g 1000 "$1/home/node/.openclaw" "$1/home/node/.openclaw/workspace" "$1/home/node/.config" "$1/home/node/.config/openclaw"' \
  bookworm "$archive"
