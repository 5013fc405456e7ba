/** Starts the stand-in beside the engine, for tests: one process serves every command of a test, and loads the SDK once. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A running plugin. */
export interface AwsPlugin extends AsyncDisposable {
  /** What makes the engine use it, whatever version the program wants. */
  readonly environment: { readonly PULUMI_DEBUG_PROVIDERS: string };
}

/**
 * Starts the plugin.
 *
 * @param environment AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY: the engine's own do not reach it
 */
export async function startAwsPlugin(environment: Readonly<Record<string, string>>): Promise<AwsPlugin> {
  const plugin = spawn(process.execPath, [join(import.meta.dirname, "main.ts")], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(plugin, "exit");
  const lines = createInterface({ input: plugin.stdout });
  const [port] = (await Promise.race([once(lines, "line"), ended.then(() => [])])) as readonly string[]; // lines are texts
  if (port === undefined) throw new Error("the aws plugin ended before it listened");
  return {
    environment: { PULUMI_DEBUG_PROVIDERS: `aws:${port}` },
    [Symbol.asyncDispose]: async () => {
      plugin.kill();
      await ended;
    },
  };
}
