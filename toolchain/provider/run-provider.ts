import module from "node:module";
import { connect } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import type { ProviderServer } from "./serve.ts";

/** How often to look whether the engine is still there. */
const parentCheckMs = 1000;

/** Whether somebody listens at `<host>:<port>`. */
const listens = (address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const [host = "", port = ""] = address.split(/:(?=\d+$)/);
    const socket = connect({ host: host.replace(/^\[|\]$/g, ""), port: Number(port) });
    const end = (listening: boolean) => () => {
      socket.destroy();
      resolve(listening);
    };
    socket.once("connect", end(true)).once("error", end(false));
  });

/**
 * Runs a provider as its plugin's process, `node main.ts <engine address> [flags]`: prints the port it listens on, as every Pulumi
 * plugin does, and serves until the engine ends it.
 *
 * @param load gives the provider: it is imported once the cache for compiled code is on, every start but the first takes half the time
 */
export async function runProvider(
  load: () => Promise<{ readonly serve: (engineAddress: string | undefined) => Promise<ProviderServer> }>,
): Promise<void> {
  // Node's own place for the cache lies below /tmp, where another user could plant code.
  const caches = process.env["XDG_CACHE_HOME"] ?? "";
  module.enableCompileCache(
    join(caches === "" ? join(homedir(), ".cache") : caches, "pulumi-openclaw", "node-compile-cache"),
  );
  const { serve } = await load();
  const engine = process.argv.slice(2).find((argument) => !argument.startsWith("-"));
  const { port, cancel } = await serve(engine);
  console.log(port);

  const end = () => {
    void cancel().then(() => process.exit(0));
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);

  // An engine that was killed cannot end its plugins, and they must not outlive it.
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) end();
  }, parentCheckMs).unref();
  // It may have been killed before this process looked who its parent is.
  if (engine !== undefined && !(await listens(engine))) end();
}
