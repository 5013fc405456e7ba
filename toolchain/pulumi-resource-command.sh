#!/bin/sh
# Stands in for the published plugin of @pulumi/command where that cannot be downloaded.
# The program it runs lies in the checkout whose `npm run` started the engine.
set -eu
if [ -z "${PULUMI_OPENCLAW_CHECKOUT:-}" ]; then
  echo "pulumi-resource-command: PULUMI_OPENCLAW_CHECKOUT is unset: call Pulumi as 'npm run pulumi -- ...', which sets it" >&2
  exit 1
fi
exec node "$PULUMI_OPENCLAW_CHECKOUT/toolchain/command-provider/main.ts" "$@"
