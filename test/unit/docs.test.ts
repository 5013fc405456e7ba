/** The documents: what they name is there. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { serviceCommands } from "../../components/ecs/commands.ts";

const root = join(import.meta.dirname, "../..");
const documents = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const all = (text: string, pattern: RegExp): readonly string[] =>
  [...text.matchAll(pattern)].flatMap(([, found]) => found ?? []);

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
  /** One way for each target. */
  readonly allOf?: readonly Schema[];
  readonly then?: Schema;
}
const schema = JSON.parse(read("stacks/schema.json")) as Schema; // made from the keys of infra/

/** Whether some target has the key. */
function has(at: Schema, [first, ...rest]: readonly string[]): boolean {
  if (first === undefined) return true;
  const ways = [...(at.allOf ?? []), ...(at.then === undefined ? [] : [at.then])];
  if (ways.some((way) => has(way, [first, ...rest]))) return true;
  const next = at.properties?.[first];
  if (next !== undefined) return has(next, rest);
  return at.additionalProperties !== undefined && at.additionalProperties !== false;
}

describe.each(documents)("%s", (path) => {
  const text = read(path);

  it("leads to files and headings that are there", () => {
    const broken = all(text, /\]\(([^)\s]+)\)/g)
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => {
        const [file = "", heading] = link.split("#");
        const target = file === "" ? path : join(dirname(path), file);
        if (!existsSync(join(root, target))) return true;
        const headings = all(read(target), /^#+ (.+)$/gm).map((line) =>
          line
            .toLowerCase()
            .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
            .replaceAll(" ", "-"),
        );
        return heading !== undefined && !headings.includes(heading);
      });
    expect(broken).toEqual([]);
  });

  it("sets keys that exist, of the stack that it made", () => {
    const settings = all(text, /config (?:set|rm) ([^\n]+)/g);
    const keys = settings.flatMap((words) => all(words, /openclaw:([A-Za-z][\w.]*)/g));
    const config = schema.properties?.["config"] ?? schema;
    const unknown = keys.filter((key) => {
      const [first = "", ...rest] = key.split(".");
      return !has(config, [`openclaw:${first}`, ...rest]);
    });
    expect(unknown).toEqual([]);
    // `local` is the stack that commands without a name are about.
    const stacks = new Set(all(text, /--stack ([\w-]+)/g));
    const made = new Set(all(text, /npm run new -- ([\w-]+) /g));
    if (made.size > 0) expect([...stacks].filter((stack) => !made.has(stack))).toEqual([]);
  });
});

describe.each(["docs/aws-ecs.md", "docs/hetzner.md"])("the function `gateway` of %s", (path) => {
  const text = read(path);
  const [script = "no function"] = /^gateway\(\) \($[^]*?^\)$/m.exec(text) ?? [];

  /** Pastes it, and what is done with it, where Pulumi says what the stack's outputs are. */
  async function pasted(words: string, outputs: object) {
    const bin = mkdtempSync(join(tmpdir(), "openclaw-docs-"));
    try {
      const npm = `#!/bin/sh\ncat <<'EOF'\n${JSON.stringify(outputs)}\nEOF\n`;
      writeFileSync(join(bin, "npm"), npm, { mode: 0o755 });
      const env = { PATH: [bin, process.env["PATH"] ?? ""].join(delimiter) };
      return await execa("bash", ["-c", `${script}\ngateway ${words}`], { env, reject: false });
    } finally {
      rmSync(bin, { recursive: true });
    }
  }
  const commands = {
    cli: `sh -c 'printf "<%s>" "$@"' openclaw`,
    tunnel: `task=$(echo a/b) && sh -c 'printf "<%s>" "$@"' openclaw "\${task##*/}"`,
  };

  it.each([
    ["cli", ""],
    ["cli devices list", "<devices><list>"],
    [`cli "curl 'https://a/?b=1&c=\\$d'" e`, "<curl 'https://a/?b=1&c=$d'><e>"],
    ["tunnel", "<b>"],
  ])("runs %s", async (words, printed) => {
    const { stdout, exitCode } = await pasted(words, { commands });
    expect([stdout.replace("<>", ""), exitCode]).toEqual([printed, 0]);
  });

  it.each([
    ["before the first up", {}],
    ["with a name that is not there", { commands: { open: "echo wrong" } }],
  ])("runs nothing %s, and says so", async (_, outputs) => {
    const { stdout, stderr, exitCode } = await pasted("cli echo wrong", outputs);
    expect([stdout, stderr, exitCode]).toEqual(["", "there is no command cli; is the stack deployed?", 1]);
  });

  it("is asked for commands that there are", () => {
    const blocks = all(text, /```sh\n([^]*?)```/g).join("");
    const asked = [...all(blocks, /^ *gateway (\w+)/gm), ...all(text, /`gateway (\w+)/g)];
    expect(asked.length).toBeGreaterThan(1);
    const named = all(text, /^\| `(\w+)`/gm);
    expect(asked.filter((name) => !named.includes(name))).toEqual([]);
  });
});

it("the guide to ECS names every command of its outputs, and those that need ECS Exec", () => {
  const access = { stack: "prod", region: "r", cluster: "c", service: "s", logGroup: "l", port: 18_789 };
  const commands = (shell: boolean): readonly (readonly [string, string])[] =>
    Object.entries({ ...serviceCommands({ ...access, shell }) });
  const names = commands(true).map(([name]) => name);
  const text = read("docs/aws-ecs.md");
  const named = all(text.slice(text.indexOf("| Command"), text.indexOf("need ECS Exec:")), /^\| `(\w+)`/gm);
  expect(named.toSorted()).toEqual([...names, "adopt"].toSorted());
  const [, needing = ""] = /^(`.*`) need ECS Exec:/m.exec(text) ?? [];
  const without = commands(false).filter(([, command]) => !command.includes("ECS Exec is off"));
  const missing = names.filter((name) => !without.some(([there]) => there === name));
  expect(all(needing, /`(\w+)`/g).toSorted()).toEqual(missing.toSorted());
});

it("the comparison's claims name tests that are there", () => {
  const text = read("docs/aws-ecs-compared.md");
  const named = [
    ...text.matchAll(/`((?:unit|components|rendered|engine|hosts)\/[\w-]+)`(?:: ((?:(?:, )?"[^"]+")+))?/g),
  ];
  expect(named.length).toBeGreaterThan(20);
  for (const [, file = "", titles = ""] of named) {
    const test = `test/${file}.test.ts`;
    expect(existsSync(join(root, test)), test).toBe(true);
    for (const title of all(titles, /"([^"]+)"/g)) {
      const beginning = title.replace(/^… /, "").replace(/ ?…$/, "");
      if (title.startsWith("…") || title.startsWith("works whole")) continue; // made from a table
      expect(read(test).includes(`"${beginning}`), `${test}: ${title}`).toBe(true);
    }
  }
});
