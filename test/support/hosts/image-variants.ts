/** Images that are OpenClaw but for something: lines of a Dockerfile. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const smallProgram = readFileSync(join(import.meta.dirname, "small-openclaw.js")).toString("base64");

/** With the small OpenClaw in its place: for what a release does, whatever it is that it starts. */
export const isSmall = ["USER root", `RUN printf %s ${smallProgram} | base64 --decode >/app/openclaw.mjs`, "USER node"];

/** An `openclaw` that does something else as the gateway, and is itself otherwise. */
const insteadOfTheGateway = (shell: string): string[] => [
  "USER root",
  "RUN rm /usr/local/bin/openclaw \\",
  ` && printf '%s\\n' '#!/bin/sh' 'if [ "$1" = gateway ]; then ${shell}; fi' 'exec node /app/openclaw.mjs "$@"' >/usr/local/bin/openclaw \\`,
  " && chmod 755 /usr/local/bin/openclaw",
  "USER node",
];

/** Damages the state, prints a secret, and ends. */
export const crashes = insteadOfTheGateway(
  'echo damaged >"$OPENCLAW_WORKSPACE_DIR/MEMORY.md"; echo "[gateway] fatal: cannot read the model registry with $ANTHROPIC_API_KEY" >&2; exit 1',
);

/** Fills the volume that its state is on, tells so by dd's own words, and ends. */
export const fillsTheVolume = insteadOfTheGateway(
  'for size in 1M 4k; do dd if=/dev/zero of="$OPENCLAW_WORKSPACE_DIR/filler-$size" bs=$size; done; exit 1',
);

/** Is healthy, with a token that nobody knows. */
export const hasAnotherToken = insteadOfTheGateway(`export OPENCLAW_GATEWAY_TOKEN=${"0f".repeat(48)}`);

/** Cannot be run at all. */
export const hasNoOpenclaw = ["USER root", "RUN rm /usr/local/bin/openclaw", "USER node"];

/** Ends without a word. */
export const isSilent = [
  "USER root",
  "RUN rm /usr/local/bin/openclaw \\",
  " && printf '#!/bin/sh\\nexit 3\\n' >/usr/local/bin/openclaw && chmod 755 /usr/local/bin/openclaw",
  "USER node",
];
