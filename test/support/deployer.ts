/** A deployer's clone for one test file: real commands and real Pulumi in directories of its own; the toolchain is shared. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { backendEnvironment } from "../../commands/embedded-backend.ts";
import { ensureToolchain, type Toolchain } from "../../toolchain/main.ts";

const repository = join(import.meta.dirname, "../..");
const ownFiles = [
  "Pulumi.yaml",
  "package.json",
  "package-lock.json",
  "cloud-init",
  "commands",
  "components",
  "infra",
  "stacks",
  "toolchain",
];

/** As `npm run pulumi` sets it. */
const cliName = { OPENCLAW_PULUMI_CLI: "npm run pulumi --" };

/** What a command printed, standard error included, and its exit code. */
export interface CommandResult {
  readonly output: string;
  readonly exitCode: number | undefined;
}

/** What execa tells of a command. */
interface Ended {
  readonly failed: boolean;
  readonly stdout: string;
  readonly all: string;
}

/** A command that still runs. */
export interface RunningCommand {
  /** Leader of its process group. */
  readonly pid: number;
  readonly result: Promise<CommandResult>;
}

/** See the file's comment. */
export interface Deployer {
  readonly checkout: string;
  readonly home: string;
  /** `npm run <script> -- <words>`, in a process group of its own, still running. */
  readonly launch: (script: string, ...words: string[]) => RunningCommand;
  /** `npm run <script> -- <words>`; never fails. */
  readonly npm: (script: string, ...words: string[]) => Promise<CommandResult>;
  /** The same with more variables. */
  readonly npmWith: (
    variables: Readonly<Record<string, string>>,
    script: string,
    ...words: string[]
  ) => Promise<CommandResult>;
  /** Standard output of `npm run pulumi -- <words>`. @throws Error when it fails */
  readonly pulumi: (...words: string[]) => Promise<string>;
  /**
   * The same of the CLI itself, in half the time: for commands before which `npm run pulumi` has nothing to put in order, once a
   * stack was made. @throws Error when it fails
   */
  readonly cli: (...words: string[]) => Promise<string>;
  /** What the CLI itself needs to work on this deployer's backend, without what `npm run pulumi` does before it. */
  readonly cliEnvironment: (toolchain: Toolchain) => Readonly<Record<string, string | undefined>>;
  readonly remove: () => void;
}

/** Standard output of the Pulumi CLI. @throws Error with all that it said when it failed */
export function outputOf(words: readonly string[], { failed, stdout, all }: Ended): string {
  if (failed) throw new Error(`pulumi ${words.join(" ")} failed:\n${all}`);
  return stdout;
}

/**
 * Makes a clone; there is no stack in it.
 *
 * @param environment what its commands find beside the least. @default nothing
 */
export function deployer(name: string, environment: Readonly<Record<string, string>> = {}): Deployer {
  const root = mkdtempSync(join(tmpdir(), `openclaw-${name}-`));
  const [checkout, home] = [join(root, "checkout"), join(root, "home")];
  for (const directory of [checkout, home]) mkdirSync(directory);
  for (const file of ownFiles) cpSync(join(repository, file), join(checkout, file), { recursive: true });
  for (const file of readdirSync(join(checkout, "stacks"))) {
    if (/^Pulumi\..+\.yaml$/.test(file)) rmSync(join(checkout, "stacks", file));
  }
  symlinkSync(join(repository, "node_modules"), join(checkout, "node_modules"));
  const options = {
    cwd: checkout,
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: home,
      XDG_CACHE_HOME: process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"),
      ...environment,
    },
    extendEnv: false,
    all: true,
    reject: false,
    stdin: "ignore",
  } as const;
  const run = (
    script: string,
    words: readonly string[],
    more: { readonly detached?: boolean } = {},
    variables = {},
  ) => {
    const env = { ...options.env, ...variables };
    return execa(process.execPath, [join(checkout, "commands", `${script}.ts`), ...words], {
      ...options,
      ...more,
      env,
    });
  };
  const npmWith: Deployer["npmWith"] = async (variables, script, ...words) => {
    const { all, exitCode } = await run(script, words, {}, variables);
    return { output: all, exitCode };
  };
  const cliEnvironment: Deployer["cliEnvironment"] = (toolchain) => ({
    HOME: home,
    PATH: process.env["PATH"] ?? "",
    ...toolchain.environment,
    ...environment,
    ...backendEnvironment(join(home, ".local/share/pulumi-openclaw")),
  });
  return {
    checkout,
    home,
    launch: (script, ...words) => {
      const child = run(script, words, { detached: true });
      if (child.pid === undefined) throw new Error(`${script} did not start`);
      return { pid: child.pid, result: child.then(({ all, exitCode }) => ({ output: all, exitCode })) };
    },
    npm: (...words) => npmWith({}, ...words),
    npmWith,
    pulumi: async (...words) => outputOf(words, await run("pulumi", words)),
    cli: async (...words) => {
      // The plugins are there: a command made the stack.
      const toolchain = await ensureToolchain({ plugins: [], report: () => undefined });
      const env = { ...cliEnvironment(toolchain), ...cliName };
      return outputOf(words, await execa(toolchain.pulumi, words, { ...options, env }));
    },
    cliEnvironment,
    remove: () => {
      rmSync(root, { recursive: true, force: true });
    },
  };
}
