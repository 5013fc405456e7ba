/**
 * Becomes OpenClaw with the gateway's environment: `node exec.mts <run directory> gateway` for a service manager,
 * `… cli <arguments>` for the command line. The environment comes from a file that only its owner can read, so no
 * secret is in a unit, a script or an argument.
 */
import { join } from "node:path";
import { readGatewayCommand } from "./release-file.mts";

const [runDirectory = "", mode, ...words] = process.argv.slice(2);
const command = readGatewayCommand(join(runDirectory, "release.json"));
if (process.execve === undefined) throw new Error("this Node cannot replace its process (process.execve)");

if (mode === "gateway") process.chdir(command.workingDirectory);
const terminal = mode === "cli" ? { TERM: process.env["TERM"] ?? "dumb", NO_COLOR: process.env["NO_COLOR"] ?? "" } : {};
const passed = Object.fromEntries(Object.entries(terminal).filter(([, value]) => value !== ""));
process.execve(command.node, [command.node, command.entry, ...(mode === "gateway" ? command.arguments : words)], {
  ...passed,
  ...command.environment,
});
