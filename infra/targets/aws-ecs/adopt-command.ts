/** How a stack on ECS goes on with what an earlier one kept. Pure. */
import { setCommand, stackCommand } from "../../config-faults.ts";

/**
 * The command after which a new stack goes on with a file system. The state is not found there without its directory: another
 * one begins empty.
 *
 * @param directory `openclaw:data.path`; undefined is the usual one
 * @param cli how this user calls Pulumi
 */
export const adoptCommand = (
  fileSystem: string,
  directory: string | undefined,
  stack: string,
  cli: string | undefined,
): string =>
  [
    setCommand(["data", "adopt"], fileSystem),
    ...(directory === undefined ? [] : [setCommand(["data", "path"], directory)]),
  ]
    .map((command) => stackCommand(command, stack, cli))
    .join(" && ");
