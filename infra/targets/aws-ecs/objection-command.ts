/** What to type against something that AWS knows. Pure. */
import type { AwsObjection } from "../../../components/ecs/preflight/wanted.ts";
import { shellQuoted } from "../../../components/local/shell-quoted.ts";
import { removeCommand, setCommand } from "../../config-faults.ts";

/** The command that repairs what an objection is about; placeholders in it are quoted, as `<` would read a file. */
export function objectionCommand({ path, name, value }: Pick<AwsObjection, "path" | "name" | "value">): string {
  if (value === undefined) return removeCommand(path);
  const quoted = shellQuoted(value);
  return name === undefined ? setCommand(path, quoted) : `pulumi config set ${name} ${quoted}`;
}
