/** How a stack on ECS goes on with what an earlier one kept. Pure. */
import { stateDirectory } from "../../../components/ecs/paths.ts";
import { setCommand, stackCommand } from "../../config-faults.ts";

/**
 * The command after which a new stack goes on with a file system. The state is not found there without its directory: another
 * one begins empty.
 *
 * @param directory `openclaw:data.path`; the usual one goes without saying
 * @param cli how this user calls Pulumi
 */
export const adoptCommand = (fileSystem: string, directory: string, stack: string, cli: string | undefined): string =>
  [
    setCommand(["data", "adopt"], fileSystem),
    ...(directory === stateDirectory ? [] : [setCommand(["data", "path"], directory)]),
  ]
    .map((command) => stackCommand(command, stack, cli))
    .join(" && ");
