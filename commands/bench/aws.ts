/** A stack on ECS at the simulated AWS, against an empty program: what loading AWS's SDK and seventy resources cost. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { ecsWithoutTasks } from "../../test/support/ecs-without-tasks.ts";
import { ensureToolchain } from "../../toolchain/main.ts";
import { emptyProject, type Cli } from "./empty-project.ts";
import { compare } from "./timing.ts";

const runs = 9;

/** What a preview loads before it registers anything, AWS's clients of the preflight included. */
const ownModules = [
  "infra/lazy-sdk.ts",
  "infra/sdk-debugging.ts",
  "infra/program.ts",
  "stacks/aws-ecs.ts",
  "infra/targets/aws-ecs/preflight.ts",
] as const;

const importing = (modules: readonly string[]): string =>
  modules.map((module) => `await import(${JSON.stringify(module)});`).join("\n");

/** Measures a stack on ECS with a load balancer, deployed. */
export async function measureAws(): Promise<Record<string, number>> {
  await using ecs = await ecsWithoutTasks("bench");
  const toolchain = await ensureToolchain({ plugins: ["command", "random"], report: console.error });
  const options = { env: ecs.clone.cliEnvironment(toolchain), extendEnv: false, stdin: "ignore" } as const;
  const cli: Cli = (directory, words) => execa(toolchain.pulumi, words, { cwd: directory, ...options });
  const load = (modules: readonly string[]) =>
    execa(process.execPath, ["--input-type=module", "--eval", importing(modules)], {
      cwd: ecs.clone.checkout,
      ...options,
    });

  const stack = await ecs.newStack("bench");
  stack.change({ "access.mode": "https", "access.domain": "openclaw.example.com", "access.zoneId": ecs.zoneId });
  await stack.up();
  const empty = await emptyProject(cli);
  try {
    const start = await compare(
      runs,
      () => load(ownModules.map((module) => join(ecs.clone.checkout, module))),
      () => load(["@pulumi/pulumi"]),
    );
    const preview = await compare(
      runs,
      () => cli(ecs.clone.checkout, ["preview", "--refresh=false", "--stack", "bench"]),
      () => cli(empty, ["preview", "--refresh=false", "--stack", "empty"]),
    );
    return {
      awsStartRatio: start.ratio,
      awsStartSeconds: start.own,
      awsPreviewRatio: preview.ratio,
      awsPreviewSeconds: preview.own,
    };
  } finally {
    rmSync(empty, { recursive: true, force: true });
  }
}
