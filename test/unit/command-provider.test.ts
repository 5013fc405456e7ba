import { describe, expect, test } from "vitest";
import { selectPaths, sourceFault } from "../../toolchain/command-provider/assets.ts";
import { checkInputs } from "../../toolchain/command-provider/check.ts";
import { needsCopy } from "../../toolchain/command-provider/copy-to-remote.ts";
import { changesBetween, ignoring } from "../../toolchain/command-provider/diff.ts";
import { operationLog, type LogMessage } from "../../toolchain/provider/engine-log.ts";
import { describeFailure } from "../../toolchain/command-provider/failure.ts";
import { fitting } from "../../toolchain/provider/message.ts";
import { collectOutput } from "../../toolchain/command-provider/output.ts";
import {
  fromStruct,
  reveal,
  Secret,
  signatureKey,
  toStruct,
  Unknown,
  unknown,
  type PropertyMap,
} from "../../toolchain/provider/properties.ts";

const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const fileAsset = { [signatureKey]: "c44067f5952c0a294b673a41bacd8c17", hash: "h", path: "p" };

describe("properties on the wire", () => {
  const properties: PropertyMap = {
    text: "ü",
    number: 1.5,
    flag: false,
    list: ["a", [new Secret("s")]],
    secret: new Secret({ inner: "x", list: [unknown] }),
    unknown,
    asset: fileAsset,
  };

  test("survive the way there and back", () => {
    expect(fromStruct(toStruct(properties))).toEqual(properties);
  });

  test("have the form that the engine reads", () => {
    expect(toStruct({ secret: new Secret("s"), unknown }).toJavaScript()).toEqual({
      secret: { [signatureKey]: secretSignature, value: "s" },
      unknown: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    });
  });

  test.each([
    ["a known output", { value: "v" }, "v"],
    ["a secret output", { value: "v", secret: true }, new Secret("v")],
    ["an unknown output", { dependencies: ["urn"] }, unknown],
    ["an unknown secret output", { secret: true }, new Secret(unknown)],
  ])("read %s as its value", (_name, output, expected) => {
    const struct = toStruct({ output: { [signatureKey]: outputSignature, ...output } });
    expect(fromStruct(struct)["output"]).toEqual(expected);
  });

  test("keep which type an unknown value has, and leave out what is null", () => {
    const list = new Unknown("6a19a0b0-7e62-4c92-b797-7f8e31da9cc2");
    expect(fromStruct(toStruct({ list, none: null }))).toEqual({ list });
    expect(fromStruct(undefined)).toEqual({});
  });

  test("give up a secret through any number of wrappings", () => {
    expect(reveal(new Secret(new Secret("s")))).toBe("s");
  });
});

describe("differences", () => {
  const paths = (olds: PropertyMap, news: PropertyMap) =>
    Object.fromEntries(changesBetween(olds, news).map(({ path, kind }) => [path, kind]));

  test("have the path of what changed and no more", () => {
    const olds = { a: { b: "1", "c.d": "1", gone: "x" }, list: ["1", "2"], same: { x: ["y"] } };
    const news = { a: { b: "2", "c.d": "2", come: "x" }, list: ["1", "3", "4"], same: { x: ["y"] } };
    expect(paths(olds, news)).toEqual({
      "a.b": "update",
      'a["c.d"]': "update",
      "a.gone": "delete",
      "a.come": "add",
      "list[1]": "update",
      "list[2]": "add",
    });
    expect(changesBetween(olds, news).every(({ root }) => root === "a" || root === "list")).toBe(true);
  });

  test("are found inside secrets, and where a value becomes one", () => {
    expect(paths({ c: new Secret({ host: "a" }) }, { c: new Secret({ host: "b" }) })).toEqual({ "c.host": "update" });
    expect(paths({ c: new Secret("a") }, { c: new Secret("a") })).toEqual({});
    expect(paths({ c: "a" }, { c: new Secret("a") })).toEqual({ c: "update" });
    expect(paths({ c: new Secret("a") }, { c: "a" })).toEqual({ c: "update" });
  });

  test("are assumed of what is unknown", () => {
    expect(paths({ a: unknown }, { a: unknown })).toEqual({ a: "update" });
    expect(paths({ a: "1" }, { a: unknown })).toEqual({ a: "update" });
  });

  test("of files are those of their content, where it is known", () => {
    expect(paths({ s: fileAsset }, { s: { ...fileAsset, path: "elsewhere" } })).toEqual({});
    expect(paths({ s: fileAsset }, { s: { ...fileAsset, hash: "other" } })).toEqual({ s: "update" });
    expect(paths({ s: { ...fileAsset, hash: "" } }, { s: { ...fileAsset, hash: "", path: "q" } })).toEqual({
      s: "update",
    });
    expect(paths({ s: fileAsset }, { s: "p" })).toEqual({ s: "update" });
  });

  test("of ignored inputs are none", () => {
    expect(ignoring({ a: "2", b: "2", c: "2" }, { a: "1", b: "1" }, ["b", "c"])).toEqual({ a: "2", b: "1" });
  });
});

describe("globs", () => {
  const files = ["assets/logos/logo.svg", "a.txt", "b.txt", "src/index.js", "src/secret.js", "src/deep/x.js", "[x]"];

  test.each([
    [["*"], ["a.txt", "b.txt", "[x]"]],
    [["**"], files],
    [
      ["assets/**", "src/**.js", "!**secret.*"],
      ["assets/logos/logo.svg", "src/index.js", "src/deep/x.js"],
    ],
    [["src/*.js"], ["src/index.js", "src/secret.js"]],
    [["{a,b}.txt"], ["a.txt", "b.txt"]],
    [["{assets/**,?.txt}"], ["assets/logos/logo.svg", "a.txt", "b.txt"]],
    [["[!a].txt"], ["b.txt"]],
    [["[a-b].txt"], ["a.txt", "b.txt"]],
    [[String.raw`\[x\]`], ["[x]"]],
    [
      ["!a.txt", "*.txt"],
      ["a.txt", "b.txt"],
    ],
    [["a,txt", "a+txt", ""], []],
  ])("%j select %j", (globs, expected) => {
    expect([...selectPaths(files, globs)].sort()).toEqual([...expected].sort());
  });
});

describe("a failure", () => {
  test("does not show a command that is secret or partly so", () => {
    expect(describeFailure("exit status 1", { create: 'say "x"' }, "create", "out")).toBe(
      'exit status 1: running "say \\"x\\"":\nout',
    );
    expect(describeFailure("exit status 1", { create: new Secret("x") }, "create", "out")).toBe(
      "exit status 1: running [secret]:\nout",
    );
  });

  test("fits into a header, however long it is, and keeps its reason and its end", () => {
    const message = fitting("reason: ", `${"é\n".repeat(1_000_000)}the end`);
    expect(encodeURI(message).length).toBeLessThan(33_000);
    expect(message).toMatch(/^reason: .*left out.*the end$/s);
    const longCommand = fitting(`reason ${"x".repeat(1_000_000)}`, "the end");
    expect(encodeURI(longCommand).length).toBeLessThan(33_000);
    expect(longCommand).toMatch(/^reason x+ \[…\]\nthe end$/);
    expect(fitting("short", "er")).toBe("shorter");
    expect(fitting("", `${"😀".repeat(100_000)}.`).isWellFormed()).toBe(true);
  });
});

describe("a command's output", () => {
  test("loses the one line break at its end, and no character between two chunks", () => {
    const lines: string[] = [];
    const collector = collectOutput(undefined, (line) => lines.push(line));
    const bytes = Buffer.from("€1\n€2\n\n");
    for (const byte of bytes) collector.write("stdout", Buffer.from([byte]));
    collector.write("stderr", Buffer.from("no line break"));
    expect(collector.finish()).toEqual({ stdout: "€1\n€2\n", stderr: "no line break" });
    expect(lines).toEqual(["€1", "€2", "", "no line break"]);
    expect(collector.combined()).toBe("€1\n€2\n\nno line break");
  });
});

describe("the log of an operation", () => {
  test("keeps the order, joins waiting lines of progress and nothing else", async () => {
    const sent: Pick<LogMessage, "severity" | "text">[] = [];
    const engine = {
      send: async ({ severity, text }: LogMessage) => {
        sent.push({ severity, text });
        await Promise.resolve();
      },
      close: () => undefined,
    };
    const log = operationLog(engine, "urn");
    log.progress("1");
    log.progress("2");
    log.progress("3");
    log.diagnose("warning", "careful");
    log.diagnose("warning", "again");
    log.progress("4");
    await log.flush();
    expect(sent).toEqual([
      { severity: "info", text: "1" },
      { severity: "info", text: "2\n3" },
      { severity: "warning", text: "careful" },
      { severity: "warning", text: "again" },
      { severity: "info", text: "4" },
    ]);
    log.progress("x".repeat(1_000_000));
    await log.flush();
    expect(sent.at(-1)?.text.length).toBe(64 * 1024);
  });
});

describe("inputs", () => {
  test("that are secret stay so, and so do those that the schema calls secret", () => {
    const schema = { name: { kind: "text" }, key: { kind: "text", secret: true } } as const;
    expect(checkInputs({ name: new Secret("n"), key: "k" }, schema).inputs).toEqual({
      name: new Secret("n"),
      key: new Secret("k"),
    });
  });

  test("of CopyToRemote are uploaded again for other content, another path or content of unknown hash", () => {
    const olds = { source: fileAsset, remotePath: "/a" };
    expect(needsCopy(olds, { ...olds, source: { ...fileAsset, path: "q" } })).toBe(false);
    expect(needsCopy(olds, { ...olds, remotePath: "/b" })).toBe(true);
    expect(needsCopy(olds, { ...olds, source: { ...fileAsset, hash: "other" } })).toBe(true);
    const unhashed = { ...olds, source: { ...fileAsset, hash: "" } };
    expect(needsCopy(unhashed, unhashed)).toBe(true);
  });

  test("of CopyToRemote must have a path", () => {
    expect(sourceFault(fileAsset)).toBeUndefined();
    expect(sourceFault({ ...fileAsset, path: "" })).toContain("must be a path to a file");
    expect(sourceFault({})).toContain("either asset or archive");
  });
});
