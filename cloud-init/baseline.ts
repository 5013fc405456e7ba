/**
 * The baseline of a host, as stages: real scripts and files of the folder `baseline/`, in which `@NAME@` stands for a
 * value. Pure but for reading that folder.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson } from "../components/container/canonical-json.ts";
import type { StageDocument, StageFile } from "../components/container/stage.ts";
import { baselineFaults } from "./baseline-faults.ts";
import type { BaselineParameters } from "./baseline-parameters.ts";

const folder = join(import.meta.dirname, "baseline");

/** Name of the only user that reaches nothing but the gateway's port. */
export const tunnelUser = "openclaw-tunnel";

/** An hour before `HH:MM`. */
const hourBefore = (time: string): string => {
  const [hours, minutes] = time.split(":");
  return `${String((Number(hours) + 23) % 24).padStart(2, "0")}:${minutes ?? "00"}`;
};

/** The one address of a range that has only one. */
const singleAddress = (cidr: string): string[] => (/\/(32|128)$/.test(cidr) ? [cidr.replace(/\/\d+$/, "")] : []);

const values = ({ ssh, data, reboot, logs }: BaselineParameters): Readonly<Record<string, string>> => ({
  ALLOW_USERS: [ssh.user, ...(ssh.tunnelKeys.length > 0 ? [tunnelUser] : [])].join(" "),
  DEVICE: data.device,
  EXEMPT_ADDRESSES: ssh.allowedCidrs.flatMap(singleAddress).join(","),
  GATEWAY_PORT: String(ssh.gatewayPort),
  IGNORED_ADDRESSES: ssh.allowedCidrs.flatMap(singleAddress).join(" "),
  JOURNAL_MAX_MIB: String(logs.journalMaxMiB),
  MOUNT_POINT: data.mountPoint,
  REBOOT_TIME: reboot.time,
  SSH_PORT: String(ssh.port),
  UPGRADE_TIME: hourBefore(reboot.time),
});

/** @throws Error naming a placeholder that has no value */
const filledIn = (text: string, path: string, known: Readonly<Record<string, string>>): string =>
  text.replace(/@([A-Z][A-Z_]*)@/g, (placeholder, name: string) => {
    const value = known[name];
    if (value === undefined) throw new Error(`cloud-init/baseline/${path}: ${placeholder} has no value`);
    return value;
  });

const isScript = (path: string): boolean => path.endsWith(".sh");

/**
 * Brings a host to today's baseline. When SSH or firewall settings change, the old ones come back after 90 s unless
 * {@link confirmStage} arrives by a new connection.
 *
 * @throws Error listing every parameter that is wrong
 */
export function baselineStage(parameters: BaselineParameters): StageDocument {
  const faults = baselineFaults(parameters);
  if (faults.length > 0) throw new Error(`the host's baseline cannot be made:\n  ${faults.join("\n  ")}`);
  const known = values(parameters);
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
  const files = paths.map((path): [string, StageFile] => {
    const text = readFileSync(join(folder, path), "utf8");
    return [
      path,
      { content: isScript(path) ? text : filledIn(text, path, known), mode: isScript(path) ? 0o755 : 0o644 },
    ];
  });
  return { name: "baseline", run: "baseline.sh", files: Object.fromEntries(files), parameters };
}

/**
 * Keeps the SSH and firewall settings of a baseline: to be run right after it, and again as long as
 * {@link worthAnotherConnection} says so. What it may have to apply once more, the baseline left on the host.
 *
 * @param baseline every other one has a confirmation of its own
 */
export const confirmStage = (baseline: StageDocument): StageDocument => ({
  name: "confirm",
  run: "confirm.sh",
  files: { "confirm.sh": { content: readFileSync(join(import.meta.dirname, "confirm.sh"), "utf8"), mode: 0o755 } },
  parameters: { baseline: createHash("sha256").update(canonicalJson(baseline)).digest("hex") },
});

/**
 * Whether a further connection may make good that {@link confirmStage} failed. Settings that were undone before the first
 * of these connections are tried once more, because the last deployment may have been interrupted; those that were undone
 * between two of them shut the deployer out.
 *
 * @param failures what was said, newest first
 */
export const worthAnotherConnection = ([newest = "", ...earlier]: readonly string[]): boolean =>
  newest.includes(": a further connection confirms them") ||
  (earlier.length === 0 && newest.includes("the new SSH and firewall settings were undone"));

export type { BaselineParameters } from "./baseline-parameters.ts";
export { dockerRepository } from "./baseline-parameters.ts";
