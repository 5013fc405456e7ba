/** The program's entry, apart from what it deploys. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";

const entry = pathToFileURL(join(import.meta.dirname, "../../infra/index.js")).href;

it("ends when nobody reads what it says, as after its engine was killed", async () => {
  // As Pulumi's cmd/run does: what fails is told, also when that is what fails.
  const program = `process.on("uncaughtException", (error) => console.error(error));
    await import(${JSON.stringify(entry)});
    process.stdin.once("data", () => setInterval(() => console.error("an error"), 10)).resume();`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: ["pipe", "pipe", "pipe"] });
  child.stdout.destroy();
  child.stderr.destroy();
  child.stdin.write("go on\n");
  const ended = once(child, "exit");
  const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
  expect(await ended).toEqual([1, null]);
  clearTimeout(timer);
});
