#!/bin/sh
# Starts the language host that was built from the last Go module version that has it. That one takes the project's
# `runtime.options.typescript` as a flag only, which today's CLI no longer passes: without it every program, plain
# JavaScript too, loads the TypeScript compiler first (0.15 s).
set -eu
exec "$(dirname "$0")/language-host-nodejs" -typescript=false "$@"
