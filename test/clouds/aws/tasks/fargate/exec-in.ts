/** Commands in containers, as ECS Exec runs them, and connections to what listens there. */
import type { Duplex } from "node:stream";
import { execa } from "execa";
import { docker } from "../../../machines/engine.ts";
import { socket } from "../../../machines/places.ts";
import type { CommandResult } from "../park.ts";

/** Runs a command. @param user `uid:gid` @default root, as ECS Exec does */
export async function execIn(id: string, user: string | undefined, command: readonly string[]): Promise<CommandResult> {
  const words = ["exec", "--user", user ?? "0:0", id, ...command];
  const { all, exitCode = 1 } = await execa("docker", words, {
    ...{ env: { DOCKER_HOST: socket }, reject: false, all: true, stdin: "ignore" },
  });
  return { exitCode, output: all };
}

/** What stands at the far end of a connection: this computer's Node.js in the container's network. */
const pipe = `
const socket = require("node:net").connect(Number(process.argv[1]), "127.0.0.1");
socket.on("error", () => process.exit(1)).on("close", () => process.stdin.destroy());
process.stdin.pipe(socket).pipe(process.stdout);
`;

/** Connects to a port of a container's loopback. */
export async function connectIn(name: string, port: number): Promise<Duplex> {
  const pid = await docker(["container", "inspect", "--format", "{{.State.Pid}}", name]);
  const words = ["--target", pid, "--net", process.execPath, "-e", pipe, String(port)];
  return execa("nsenter", words, { buffer: false, stderr: "ignore" }).duplex();
}
