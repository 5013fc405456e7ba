/**
 * The containers of a task, in order, with the real OpenClaw: a first start, and an update that migrates the state and is taken
 * back. A lease that is waited out: test/hosts/aws-ecs-life.test.ts.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runtimeDirectoryName } from "../../components/local/versions.ts";
import type { ContainerDefinition } from "../../components/ecs/container-definition.ts";
import { dataMount, runDirectory, taskPaths } from "../../components/ecs/paths.ts";
import { renderTask } from "../../components/ecs/task-definition.ts";
import { freePort } from "../support/free-port.ts";
import { sharedOpenclaw } from "../support/machine.ts";
import { ended, Task, type Ended } from "../unit/ecs/task.ts";

const token = "a1".repeat(48);
let task: Task;
let runtimes = "";
let port = 0;

/** A container that was started. */
interface Running {
  readonly child: ChildProcess;
  readonly end: Promise<Ended>;
  readonly health: () => Promise<Ended>;
  readonly release: string;
}
let running: Running | undefined;

/** What a task definition says, with the directories of this test for those of a container. */
const here = (words: readonly string[]): string[] =>
  words.map((word) => word.replaceAll(runDirectory, task.run).replaceAll(`"${dataMount}`, `"${task.data}`));

function environment({ environment: variables }: ContainerDefinition, version: string): Record<string, string> {
  const own = Object.fromEntries(variables.map(({ name, value }) => [name, value.replace(/^\/data/, task.data)]));
  const modules = join(runtimes, runtimeDirectoryName(version), "node_modules");
  return {
    ...own,
    OPENCLAW_GATEWAY_TOKEN: token,
    XDG_CACHE_HOME: join(task.root, "cache"),
    HOME: task.root,
    PATH: [join(modules, ".bin"), process.env["PATH"] ?? ""].join(delimiter),
  };
}

/** Starts the gateway's container as ECS would. */
function start(version: string): Running {
  const rendered = renderTask({
    spec: { version, port, bind: "lan", paths: taskPaths, config: {} },
    ...{ image: `ghcr.io/openclaw/openclaw:${version}`, cpu: 1024, memoryMiB: 3072, env: {}, shell: false },
    ...{ secrets: [], logGroup: "log", region: "eu-central-1" },
  });
  const [container] = rendered.containers;
  if (container?.healthCheck === undefined) throw new Error("no gateway");
  const env = environment(container, version);
  const run = (words: readonly string[]): ChildProcess => {
    const [program = "", ...rest] = words;
    return spawn(program, rest, { env, stdio: ["ignore", "pipe", "pipe"], cwd: task.root });
  };
  // A container's own directory goes with it.
  rmSync(task.run, { recursive: true, force: true });
  const child = run(here([...container.entryPoint, ...container.command]));
  const check = here(container.healthCheck.command.slice(1));
  running = { child, end: ended(child), health: () => ended(run(check)), release: rendered.release };
  return running;
}

/** Waits until the health check verified the gateway: healthy alone it also is while it waits. */
async function verified({ health, end, child }: Running): Promise<void> {
  for (;;) {
    const { code, output } = await health();
    if (code === 0 && existsSync(join(task.run, "verified"))) break;
    if (child.exitCode !== null) throw new Error(`the container ended: ${(await end).output}, ${output}`);
    await sleep(1000);
  }
  await sleep(1000); // the entry point tells its log
}

async function stop({ child, end }: Running): Promise<Ended> {
  child.kill("SIGTERM");
  return await end;
}

beforeAll(async () => {
  runtimes = await sharedOpenclaw();
  task = new Task();
  port = await freePort();
}, 600_000);

afterAll(async () => {
  running?.child.kill("SIGTERM");
  await running?.end;
  task.remove();
});

it("starts on an empty file system, is verified, and ends in order", async () => {
  const first = start("2026.9.5");
  await verified(first);
  const { output, code } = await stop(first);
  expect(code).toBe(0);
  expect(output).toContain(
    `[entrypoint] release ${first.release} is verified: OpenClaw 2026.9.5 takes the stack's token`,
  );
  expect(output).not.toContain(token);
  expect(task.record()).toEqual({ current: first.release, previous: null, good: true });
  task.write("what the user cares about", "state/workspace/MEMORY.md");
});

it("gives an update's state back when ECS goes back to the task before", async () => {
  const { current } = task.record();
  const update = start("2026.9.6");
  // It migrates the state, and is never found healthy.
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${String(port)}/startupz`).catch(() => undefined);
    if (answer?.status === 200) break;
    await sleep(500);
  }
  task.write("what the update made of it", "state/workspace/MEMORY.md");
  await stop(update);
  expect(task.record()).toEqual({ current: update.release, previous: current, good: false });

  const back = start("2026.9.5");
  await verified(back);
  expect(task.record()).toEqual({ current, previous: null, good: true });
  expect(task.read("state/workspace/MEMORY.md")).toBe("what the user cares about");
  const [rejected = ""] = readdirSync(task.path("rejected"));
  expect(task.read("rejected", rejected, "workspace/MEMORY.md")).toBe("what the update made of it");
  expect((await stop(back)).code).toBe(0);
});
