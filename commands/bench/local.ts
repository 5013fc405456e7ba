/** The local target: start of the program, no-op `up`, memory, cold and warm `npm start`. */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { machine, type Machine } from "../../test/support/machine.ts";
import { killProcessesOf } from "../../test/support/processes.ts";
import { ensureToolchain } from "../../toolchain/main.ts";
import { backendEnvironment } from "../embedded-backend.ts";
import { checkout } from "../pulumi-cli.ts";
import { emptyProject, type Cli } from "./empty-project.ts";
import { compare, medianSeconds, seconds } from "./timing.ts";

const runs = 9;

async function cliOf(m: Machine): Promise<Cli> {
  const toolchain = await ensureToolchain({ plugins: ["command", "random"], report: console.error });
  const environment = {
    ...m.environment,
    ...toolchain.environment,
    ...backendEnvironment(m.paths.root),
  };
  return (directory, words, extra = {}) =>
    execa(toolchain.pulumi, words, {
      cwd: directory,
      env: { ...environment, ...extra },
      extendEnv: false,
      stdin: "ignore",
    });
}

/** Peak memory of the program's own process in MiB: it reports itself when it ends. */
async function peakMemoryMiB(cli: Cli, m: Machine): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), "openclaw-memory-"));
  const reporter = join(directory, "reporter.mjs");
  writeFileSync(
    reporter,
    `import { writeFileSync } from "node:fs";
     process.on("exit", () => {
       if (!process.argv.some((word) => word.includes("cmd/run"))) return;
       writeFileSync(${JSON.stringify(directory)} + "/" + process.pid, String(process.resourceUsage().maxRSS));
     });`,
  );
  await cli(m.checkout, ["preview", "--stack", "local"], { NODE_OPTIONS: `--import=${reporter}` });
  const peaks = readdirSync(directory)
    .filter((name) => /^\d+$/.test(name))
    .map((name) => Number(readFileSync(join(directory, name), "utf8")));
  rmSync(directory, { recursive: true });
  return Math.max(...peaks) / 1024;
}

/** An `npm start` of a fresh clone with every cache empty, Go's and npm's included: the longest a newcomer can wait. */
export async function coldStartSeconds(): Promise<number> {
  const root = mkdtempSync(join(tmpdir(), "openclaw-cold-"));
  const home = join(root, "home");
  mkdirSync(home);
  await execa("git", ["clone", "--quiet", checkout, join(root, "clone")]);
  const env = {
    PATH: (process.env["PATH"] ?? "").replaceAll(`${join(checkout, "node_modules/.bin")}:`, ""),
    HOME: home,
    GOPATH: join(root, "go"),
  };
  const options = { cwd: join(root, "clone"), env, extendEnv: false, stdio: "inherit" } as const;
  const time = await seconds(() => execa("npm", ["start"], options));
  await execa("npm", ["run", "stop"], options);
  await killProcessesOf(root);
  await execa("chmod", ["-R", "u+w", root]); // Go's module cache is read-only
  rmSync(root, { recursive: true, force: true });
  return time;
}

/** Measures the local target. */
export async function measureLocal(): Promise<Record<string, number>> {
  const m = await machine("bench");
  let empty: string | undefined;
  try {
    const firstStart = await seconds(() => m.start());
    const warmStart = await medianSeconds(3, () => m.start());
    const cli = await cliOf(m);
    const project = (empty = await emptyProject(cli));
    const against = (words: readonly string[]) =>
      compare(
        runs,
        () => cli(m.checkout, [...words, "--stack", "local"]),
        () => cli(project, [...words, "--stack", "empty"]),
      );
    const preview = await against(["preview", "--refresh=false"]);
    const up = await against(["up", "--yes", "--skip-preview", "--refresh=false"]);
    return {
      previewRatio: preview.ratio,
      previewSeconds: preview.own,
      previewOfEmptySeconds: preview.other,
      noOpUpRatio: up.ratio,
      noOpUpSeconds: up.own,
      noOpUpOfEmptySeconds: up.other,
      peakMemoryMiB: await peakMemoryMiB(cli, m),
      firstStartSeconds: firstStart,
      warmStartSeconds: warmStart,
    };
  } finally {
    await m.remove();
    if (empty !== undefined) rmSync(empty, { recursive: true, force: true });
  }
}
