/** What the task definition carries as text: the entry point and the health check. Reads their files; otherwise pure. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { EntrypointParameters } from "./entrypoint.mts";
import type { HealthCheckParameters } from "./health-check.mts";

const components = join(import.meta.dirname, "..");

/** Modules of the entry point, by path under `components/`; the first is entered. */
const modules = [
  "ecs/entrypoint.mts",
  "ecs/entrypoint/archive-names.mts",
  "ecs/entrypoint/archives.mts",
  "ecs/entrypoint/config-file.mts",
  "ecs/entrypoint/files.mts",
  "ecs/entrypoint/lease.mts",
  "ecs/entrypoint/openclaw.mts",
  "ecs/entrypoint/release-record.mts",
  "ecs/entrypoint/replace.mts",
  "ecs/entrypoint/restore.mts",
  "ecs/entrypoint/state-copies.mts",
  "ecs/entrypoint/state-transaction.mts",
  "gateway/openclaw-json.ts",
] as const;

/** A module without its comments and indentation: a task definition has little room, and readers have the repository. */
const text = (path: string): string =>
  readFileSync(join(components, path), "utf8")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^(\/\*\*|\*|\/\/)/.test(line))
    .join("\n");

/** Node of the image runs TypeScript; node:sqlite and that are still announced as experimental by Node 24. */
const node = ["node", "--disable-warning=ExperimentalWarning", "--input-type=module-typescript", "-e"];

/** `entryPoint` of the gateway's container: Node and the program that unpacks the rest. */
export const entryPoint = (): string[] => [...node, text("ecs/entrypoint/unpack.mts")];

/** `command` of the gateway's container: the modules, and what they are told. */
export const entryCommand = (parameters: EntrypointParameters): string[] => [
  JSON.stringify({
    directory: parameters.run,
    entry: modules[0],
    files: {
      "package.json": '{"type":"module"}',
      ...Object.fromEntries(modules.map((path) => [path, text(path)])),
    },
    parameters,
  }),
];

/** `healthCheck.command` of the gateway's container. */
export const healthCommand = (parameters: HealthCheckParameters): string[] => [
  "CMD",
  ...node,
  text("ecs/health-check.mts"),
  JSON.stringify(parameters),
];
