/** What a cloud's answers speak against, told as the configuration's own faults are. */
import { getStack, RunError } from "@pulumi/pulumi";
import { shellQuoted } from "../../components/local/shell-quoted.ts";
import { describeFaults, removeCommand, setCommand, type Fault } from "../config-faults.ts";
import { userCli } from "../user-cli.ts";

/** One thing that speaks against the configuration. */
export interface Objection extends Omit<Fault, "type"> {
  /** A value to set the key to; undefined when it is to be removed. */
  readonly value: string | undefined;
  /** The command that repairs it. @default the one that sets or removes the key */
  readonly type?: string;
}

/** The command that repairs what an objection is about; placeholders in it are quoted, as `<` would read a file. */
export function objectionCommand({ path, name, value }: Pick<Objection, "path" | "name" | "value">): string {
  if (value === undefined) return removeCommand(path);
  const quoted = shellQuoted(value);
  return name === undefined ? setCommand(path, quoted) : `pulumi config set ${name} ${quoted}`;
}

/** @throws pulumi.RunError when there are any, naming them all */
export function refuse(objections: readonly Objection[]): void {
  if (objections.length === 0) return;
  const faults = objections.map((objection) => ({ type: objectionCommand(objection), ...objection }));
  throw new RunError(describeFaults(getStack(), faults, userCli));
}
