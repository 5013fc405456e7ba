/** OpenClaw versions that can run on this machine: each has a folder with a lock file under `openclaw/`. Newest first. */
export const openclawVersions = ["2026.9.6", "2026.9.5"] as const;

/** Node version that the lock files pin for the gateway; OpenClaw needs ≥24.16 <25 or ≥26.1 and recommends 26. */
export const gatewayNodeVersion = "26.10.0";

/** Directory of an installed OpenClaw with its Node, under `runtimes/`. */
export const runtimeDirectoryName = (version: string): string => `${version}-node${gatewayNodeVersion}`;
