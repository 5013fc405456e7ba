/** The power of the server that exists, while a deployment changes it. */
import * as pulumi from "@pulumi/pulumi";
import { HetznerError } from "./api.ts";
import { changePower, powerChange } from "./graceful-stop.ts";
import type { HetznerHostArgs } from "./host-args.ts";

/**
 * The server's type, once the server that exists was stopped for what is going to happen to it.
 *
 * @param before what has to be there before anything is done to the server
 */
export function sizeAfterPowerChange(
  { api, found: { server }, ...wanted }: HetznerHostArgs,
  before: pulumi.Output<unknown>,
): pulumi.Input<string> {
  const change = powerChange(server, wanted);
  if (server === undefined || change === "none" || pulumi.runtime.isDryRun()) return wanted.size;
  return before.apply(async () => {
    try {
      await changePower(api, server, change, (line) => void pulumi.log.info(line));
    } catch (error) {
      throw error instanceof HetznerError ? new pulumi.RunError(error.message) : error;
    }
    return wanted.size;
  });
}
