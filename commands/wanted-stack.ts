/** The stack that `npm run new` is asked for. Pure. */
import { parseArgs } from "node:util";
import { isTarget, targets, type Target } from "../infra/config-schema.ts";
import { likelyName } from "../infra/likely-name.ts";
import { stack as own } from "./local-stack.ts";
import { CommandError } from "./report.ts";

/** What `npm run new` makes stacks for. */
export type OtherTarget = Exclude<Target, "local">;

/** See {@link OtherTarget}. */
export const otherTargets = targets.filter((target): target is OtherTarget => target !== "local");

/** A stack to be made. */
export interface WantedStack {
  readonly stack: string;
  readonly target: OtherTarget;
}

/**
 * @param words the command's arguments
 * @param help is shown with a fault of their form
 * @throws CommandError naming what is wrong with them
 */
export function wantedStack(words: readonly string[], help: string): WantedStack {
  let parsed;
  try {
    parsed = parseArgs({ args: [...words], allowPositionals: true, options: { target: { type: "string" } } });
  } catch (error) {
    throw new CommandError(`${error instanceof Error ? error.message : String(error)}\n\n${help}`);
  }
  const { values, positionals } = parsed;
  const [stack = ""] = positionals;
  if (positionals.length !== 1) {
    const got = positionals.length === 0 ? "none" : positionals.map((word) => `"${word}"`).join(", ");
    throw new CommandError(
      `one stack is to be named, got ${got} (npm takes options for itself unless -- stands before)\n\n${help}`,
    );
  }
  if (!/^[A-Za-z0-9][\w-]{0,40}$/.test(stack)) {
    throw new CommandError(`"${stack}" cannot be a stack's name; allowed: at most 41 letters, digits, - and _`);
  }
  const { target } = values;
  if (!isTarget(target)) {
    const meant = likelyName(target ?? "", otherTargets) ?? "<target>";
    throw new CommandError(
      `--target is ${target ?? "missing"}; allowed: ${otherTargets.join(", ")}\nType: npm run new -- ${stack} --target ${meant}`,
    );
  }
  if (target === "local") {
    throw new CommandError(
      `the stack on this machine is made, and deployed, by npm start; for others: ${otherTargets.join(", ")}`,
    );
  }
  if (stack === own) {
    throw new CommandError(
      `"${own}" is the stack of this machine, which npm start deploys and npm run stop destroys, without asking.\nType: npm run new -- prod --target ${target}`,
    );
  }
  return { stack, target };
}
