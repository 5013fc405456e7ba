/** Commands in containers, as ECS Exec runs them. */
import { execa } from "execa";
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
