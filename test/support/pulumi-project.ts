/** A small Pulumi project of its own for a test: the real CLI, a file backend, one stack. */
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { ensureToolchain, type PluginName } from "../../toolchain/main.ts";

/** What a deployment did. */
export interface Deployment {
  readonly succeeded: boolean;
  /** `update server`, in the order in which they ended; what stayed as it was, and the stack itself, are left out. */
  readonly steps: readonly string[];
  /** What was said of errors and warnings. */
  readonly messages: string;
  readonly milliseconds: number;
}

/** See the file's comment. */
export interface PulumiProject extends AsyncDisposable {
  /** Runs `pulumi up`, `preview`, `refresh` or `destroy`; never fails. */
  readonly deploy: (command: "up" | "preview" | "refresh" | "destroy", ...words: string[]) => Promise<Deployment>;
  /** Standard output of any command. @throws Error when it fails */
  readonly pulumi: (...words: string[]) => Promise<string>;
  /** What the program reads from the variable PROGRAM_INPUT, as JSON. */
  input: object;
}

/** The parts of the engine's events that tell what it did. */
interface EngineEvent {
  readonly resOutputsEvent?: { readonly metadata: { readonly op: string; readonly urn: string } };
  readonly diagnosticEvent?: { readonly severity: string; readonly message: string };
}

/**
 * Makes a project.
 *
 * @param program a TypeScript file; what it imports comes from the repository's node_modules
 * @param config Pulumi configuration of the stack
 */
export async function pulumiProject(
  program: string,
  plugins: readonly PluginName[],
  config: Readonly<Record<string, string>>,
): Promise<PulumiProject> {
  const toolchain = await ensureToolchain({ plugins, report: () => undefined });
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "pulumi-project-")));
  for (const name of ["backend", "program"]) mkdirSync(join(directory, name));
  symlinkSync(join(import.meta.dirname, "../../node_modules"), join(directory, "node_modules"));
  cpSync(program, join(directory, "program/index.ts"));
  writeFileSync(join(directory, "program/package.json"), JSON.stringify({ type: "module", main: "index.ts" }));
  const runtime = { name: "nodejs", options: { typescript: false } };
  writeFileSync(join(directory, "Pulumi.yaml"), JSON.stringify({ name: "test", main: "program", runtime }));

  const run = (words: readonly string[], input: object) =>
    execa(toolchain.pulumi, [...words, "--non-interactive"], {
      cwd: directory,
      env: {
        ...toolchain.environment,
        PULUMI_BACKEND_URL: `file://${join(directory, "backend")}`,
        PULUMI_CONFIG_PASSPHRASE: "only for this test",
        PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true",
        PROGRAM_INPUT: JSON.stringify(input),
      },
      stdin: "ignore",
      reject: false,
    });
  const pulumi = async (...words: string[]): Promise<string> => {
    const { failed, stdout, stderr } = await run(words, project.input);
    if (failed) throw new Error(`pulumi ${words.join(" ")} failed:\n${stdout}\n${stderr}`);
    return stdout;
  };
  const project: PulumiProject = {
    input: {},
    pulumi,
    deploy: async (command, ...words) => {
      const started = performance.now();
      const flags = command === "preview" ? [] : ["--yes", "--skip-preview"];
      // The secrets in these events are the test's own, and nothing of them is printed.
      const { failed, stdout } = await run([command, "--json", ...flags, ...words], project.input);
      const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
      const events = lines.map((line) => JSON.parse(line) as EngineEvent); // the engine's own output, of the pinned version
      return {
        succeeded: !failed,
        steps: events
          .flatMap(({ resOutputsEvent }) => resOutputsEvent?.metadata ?? [])
          .filter(({ op, urn }) => !["same", "refresh"].includes(op) && !urn.includes("pulumi:pulumi:Stack"))
          .map(({ op, urn }) => `${op} ${urn.split("::").at(-1) ?? ""}`),
        messages: events
          .flatMap(({ diagnosticEvent }) => diagnosticEvent ?? [])
          .filter(({ severity }) => severity === "error" || severity === "warning")
          .map(({ message }) => message)
          .join("\n"),
        milliseconds: performance.now() - started,
      };
    },
    [Symbol.asyncDispose]: () => {
      rmSync(directory, { recursive: true, force: true });
      return Promise.resolve();
    },
  };
  await pulumi("stack", "init", "test");
  for (const [key, value] of Object.entries(config)) {
    await pulumi("config", "set", ...(key.endsWith(":token") ? ["--secret"] : []), key, value);
  }
  return project;
}
