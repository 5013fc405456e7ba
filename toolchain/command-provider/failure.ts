import { fitting } from "../provider/message.ts";
import { isMap, Secret, type PropertyMap, type PropertyValue } from "../provider/properties.ts";

/** A command that could not run or did not end with status 0. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
}

/** Describes a failed command as the published plugin does: the reason, the command, and everything that it wrote. */
export function describeFailure(reason: string, inputs: PropertyMap, step: string, output: string): string {
  return fitting(`${reason}: running ${shownCommand(inputs[step])}:\n`, output);
}

/** The command as a quoted text; one that is or contains a secret is not shown. */
function shownCommand(command: PropertyValue | undefined): string {
  return command instanceof Secret || isMap(command) ? "[secret]" : JSON.stringify(command ?? "");
}
