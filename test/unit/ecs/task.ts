/** Runs what a task definition says, as ECS would: the container's entry point and its health check, on real directories. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { entryCommand, entryPoint, healthCommand } from "../../../components/ecs/bundle.ts";
import type { EntrypointParameters } from "../../../components/ecs/entrypoint.mts";
import type { ReleaseRecord } from "../../../components/ecs/entrypoint/release-record.mts";

/** What a finished process printed, and how it ended. */
export interface Ended {
  readonly output: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A file system and the containers that mount it, one after another. */
export class Task {
  readonly root = mkdtempSync(join(tmpdir(), "openclaw-task-"));
  readonly run = join(this.root, "run");
  readonly data = join(this.root, "data");

  constructor() {
    mkdirSync(this.data, { mode: 0o700 });
  }

  /** The path of something on the file system. */
  path(...names: string[]): string {
    return join(this.data, ...names);
  }

  read(...names: string[]): string | undefined {
    return existsSync(this.path(...names)) ? readFileSync(this.path(...names), "utf8") : undefined;
  }

  write(text: string, ...names: string[]): void {
    mkdirSync(join(this.path(...names), ".."), { recursive: true });
    writeFileSync(this.path(...names), text);
  }

  record(): ReleaseRecord {
    return JSON.parse(this.read("release.json") ?? "null") as ReleaseRecord; // a test that has none fails on it
  }

  /** Starts the gateway's container. */
  start(release: string, change: Partial<EntrypointParameters> = {}, env: NodeJS.ProcessEnv = {}): ChildProcess {
    const parameters: EntrypointParameters = {
      ...{ release, version: "2026.9.6", root: this.data, run: this.run, config: {} },
      ...{ command: ["true"], leaseSeconds: 2, archives: { everyHours: 0, keep: 7 }, ...change },
    };
    const [program = "", ...words] = [...entryPoint(), ...entryCommand(parameters)];
    return spawn(program, words, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  }

  /** Starts it and waits for its end. */
  enter(release: string, change?: Partial<EntrypointParameters>, env?: NodeJS.ProcessEnv): Promise<Ended> {
    return ended(this.start(release, change, env));
  }

  /** Asks for its health. */
  health(release: string, port: number, token: string, version = "2026.9.6"): Promise<Ended> {
    const command = healthCommand({ release, version, port, root: this.data, run: this.run });
    const [, program = "", ...words] = command;
    return ended(
      spawn(program, words, {
        env: { ...process.env, OPENCLAW_GATEWAY_TOKEN: token },
        stdio: ["ignore", "pipe", "pipe"],
      }),
    );
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Waits for a process's end. */
export async function ended(child: ChildProcess): Promise<Ended> {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error("the process was started without pipes");
  const [[code, signal], out, err] = (await Promise.all([once(child, "exit"), text(stdout), text(stderr)])) as [
    [number | null, NodeJS.Signals | null], // what the event brings
    string,
    string,
  ];
  return { output: out + err, code, signal };
}
