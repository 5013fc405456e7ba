import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, test } from "vitest";

const infra = join(import.meta.dirname, "../../infra");

/** Runs a program in a process of its own, in which nothing is loaded yet. */
const run = async (program: string): Promise<unknown> => {
  const { stdout } = await execa(process.execPath, ["--input-type=module", "--eval", program], { cwd: infra });
  return JSON.parse(stdout);
};

const loaded = `Object.keys(createRequire(import.meta.url).cache).filter((file) => /typescript\\/lib|arborist\\/lib|pulumi\\/automation/.test(file)).length`;

describe("the parts of the SDK that serialise functions or drive programs", () => {
  test("are not loaded by a program that does not use them", async () => {
    // Three stand for what is there; loaded, they are some sixty files.
    const files = await run(`
      import { createRequire } from "node:module";
      await import("./lazy-sdk.ts");
      await import("@pulumi/pulumi");
      console.log(${loaded});`);
    expect(files).toBe(3);
  });

  test("work when they are used", async () => {
    const result = await run(`
      import { createRequire } from "node:module";
      await import("./lazy-sdk.ts");
      const pulumi = await import("@pulumi/pulumi");
      const seven = 7;
      const { text } = await pulumi.runtime.serializeFunction(() => seven);
      const paths = await pulumi.runtime.computeCodePaths();
      const { LocalWorkspace } = pulumi.automation;
      console.log(JSON.stringify({ text, paths: paths.size > 0, workspace: typeof LocalWorkspace.create, files: ${loaded} > 10 }));`);
    expect(result).toEqual({
      text: expect.stringContaining("seven") as unknown,
      paths: true,
      workspace: "function",
      files: true,
    });
  });
});

test("a stack trace is what Node makes of it: the host's source maps cost more than the program", async () => {
  const trace = await run(`
    Error.prepareStackTrace = () => "mapped";
    await import("./lazy-sdk.ts");
    console.log(JSON.stringify(new Error("x").stack));`);
  expect(trace).toMatch(/^Error: x\n/);
});
