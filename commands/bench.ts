/**
 * `npm run bench [-- --cold] [-- --json <file>]`: this program against an empty one, on the same engine and machine.
 *
 * Alternating, medians: ratios hold where single times drift. `--cold` adds an `npm start` of a fresh clone with every
 * cache empty, Go's and npm's included: the longest a newcomer can wait.
 */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { machine, processesOf, type Machine } from "../test/support/machine.ts";
import { ensureToolchain } from "../toolchain/main.ts";
import { checkout } from "./pulumi-cli.ts";
import { report } from "./report.ts";

const runs = 9;

/** Budgets of the design; a ratio is this program's median by the empty program's. */
const budgets = {
  previewRatio: 1.2,
  noOpUpRatio: 1.3,
  peakMemoryMiB: 200,
  warmStartSeconds: 15,
  coldStartSeconds: 600,
};

type Measurements = Partial<Record<keyof typeof budgets, number>> & Readonly<Record<string, number>>;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
};

/** Runs the CLI itself in a directory, on the machine's backend, as `npm run pulumi` does after its own start. */
type Cli = (directory: string, words: readonly string[], extra?: Readonly<Record<string, string>>) => Promise<unknown>;

async function cliOf(m: Machine): Promise<Cli> {
  const toolchain = await ensureToolchain({ plugins: ["command", "random"], report: console.error });
  const environment = {
    ...m.environment,
    ...toolchain.environment,
    PULUMI_BACKEND_URL: `file://${m.paths.root}/backend`,
    PULUMI_CONFIG_PASSPHRASE_FILE: `${m.paths.root}/passphrase`,
  };
  return (directory, words, extra = {}) =>
    execa(toolchain.pulumi, words, {
      cwd: directory,
      env: { ...environment, ...extra },
      extendEnv: false,
      stdin: "ignore",
    });
}

/**
 * An empty program, as `pulumi new javascript` writes it (it imports the SDK), in a project with the same options,
 * deployed on the same backend.
 */
async function emptyProject(cli: Cli): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "openclaw-empty-"));
  mkdirSync(join(directory, "infra"));
  mkdirSync(join(directory, "stacks"));
  const project = readFileSync(join(checkout, "Pulumi.yaml"), "utf8").replace("name: openclaw", "name: empty");
  writeFileSync(join(directory, "Pulumi.yaml"), project);
  writeFileSync(join(directory, "package.json"), '{ "type": "module" }');
  writeFileSync(
    join(directory, "infra/index.js"),
    'import * as pulumi from "@pulumi/pulumi";\nexport const stack = pulumi.getStack();\n',
  );
  await execa("ln", ["-s", join(checkout, "node_modules"), join(directory, "node_modules")]);
  await cli(directory, ["stack", "init", "empty"]);
  await cli(directory, ["up", "--stack", "empty", "--yes"]);
  return directory;
}

/** Median times of a command on this program and on the empty one, run in turn. */
async function compare(
  cli: Cli,
  m: Machine,
  empty: string,
  words: readonly string[],
): Promise<{ own: number; empty: number }> {
  const times = { own: [] as number[], empty: [] as number[] };
  for (let run = 0; run <= runs; run += 1) {
    const own = await seconds(() => cli(m.checkout, [...words, "--stack", "local"]));
    const other = await seconds(() => cli(empty, [...words, "--stack", "empty"]));
    if (run === 0) continue; // warms the caches of both
    times.own.push(own);
    times.empty.push(other);
  }
  return { own: median(times.own), empty: median(times.empty) };
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

async function coldStartSeconds(): Promise<number> {
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
  for (const pid of await processesOf(root)) process.kill(pid, "SIGKILL");
  await execa("chmod", ["-R", "u+w", root]); // Go's module cache is read-only
  rmSync(root, { recursive: true, force: true });
  return time;
}

async function measure(isCold: boolean): Promise<Measurements> {
  const m = await machine("bench");
  let empty: string | undefined;
  try {
    const firstStart = await seconds(() => m.start());
    const warmStarts: number[] = [];
    for (let run = 0; run < 3; run += 1) warmStarts.push(await seconds(() => m.start()));
    const cli = await cliOf(m);
    empty = await emptyProject(cli);
    const preview = await compare(cli, m, empty, ["preview", "--refresh=false"]);
    const up = await compare(cli, m, empty, ["up", "--yes", "--skip-preview", "--refresh=false"]);
    return {
      previewRatio: preview.own / preview.empty,
      previewSeconds: preview.own,
      previewOfEmptySeconds: preview.empty,
      noOpUpRatio: up.own / up.empty,
      noOpUpSeconds: up.own,
      noOpUpOfEmptySeconds: up.empty,
      peakMemoryMiB: await peakMemoryMiB(cli, m),
      firstStartSeconds: firstStart,
      warmStartSeconds: median(warmStarts),
      ...(isCold ? { coldStartSeconds: await coldStartSeconds() } : {}),
    };
  } finally {
    await m.remove();
    if (empty !== undefined) rmSync(empty, { recursive: true, force: true });
  }
}

await report(async () => {
  const { values } = parseArgs({ options: { cold: { type: "boolean", default: false }, json: { type: "string" } } });
  const measured = await measure(values.cold);
  const budgetOf: Readonly<Record<string, number>> = budgets;
  console.table(
    Object.fromEntries(
      Object.entries(measured).map(([name, value]) => {
        const budget = budgetOf[name];
        return [
          name,
          { measured: Number(value.toFixed(2)), budget, ok: budget === undefined ? undefined : value <= budget },
        ];
      }),
    ),
  );
  console.log(JSON.stringify(measured));
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(measured, null, 2)}\n`);
  return Object.entries(measured).every(([name, value]) => value <= (budgetOf[name] ?? Infinity)) ? 0 : 1;
});
