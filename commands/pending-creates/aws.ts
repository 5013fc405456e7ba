/**
 * Interrupted creations at AWS. What has tags is found by them, or by the digits that Pulumi appended to its name; what has none
 * is found between its two ends, which are the stack's. Not looked for is what the next `up` puts in its own place again:
 * policies of resources, attachments, versions of secrets (AWS deletes those that lose their labels).
 */
import { stackTag } from "../../components/ecs/names.ts";
import { regionOf } from "../../infra/targets/aws-ecs/provider-rules.ts";
import { CommandError } from "../report.ts";
import { dataFinders } from "./aws/data.ts";
import { doorFinders } from "./aws/door.ts";
import type { AwsSettings, Candidate, Finder, Inputs } from "./aws/finder.ts";
import { networkFinders } from "./aws/network.ts";
import { serviceFinders } from "./aws/service.ts";
import { providerSettings, type Look, type PendingStack } from "./pending.ts";

const finders: Readonly<Record<string, Finder>> = {
  ...networkFinders,
  ...dataFinders,
  ...doorFinders,
  ...serviceFinders,
};

/** Refusals of AWS that mean: there is no such thing. */
const absent =
  /NotFound|NoSuch|ResourceNotFound|does not exist|^(ClusterNotFoundException|AccessDeniedException|ClientException)$/;

/** Whether both of a stack's own tags are on it; what cannot have tags hangs between two things of the stack. */
function isOwn({ tags }: Candidate, { tags: wanted }: Inputs): boolean {
  if (tags === undefined) return true;
  const asked = wanted as Readonly<Record<string, string>> | undefined; // as names.ts made them
  return [stackTag, "Name"].every((name) => asked?.[name] !== undefined && tags[name] === asked[name]);
}

/** Looks with the provider's settings, as the stack's file or the environment has them. */
export async function lookAtAws(stack: PendingStack): Promise<Look> {
  const given = await providerSettings(stack);
  const profile = given["aws:profile"];
  const settings: AwsSettings = {
    region: regionOf(given["aws:region"], process.env),
    ...(profile === undefined ? {} : { profile }),
  };
  return async ({ type, inputs }) => {
    const finder = finders[type];
    if (finder === undefined) return undefined;
    try {
      const found = (await finder.find(inputs, settings)).filter((each) => !stack.known.has(each.id));
      const own = found.find((each) => isOwn(each, inputs));
      if (own !== undefined) await finder.finish?.(own.id, settings);
      return own;
    } catch (error) {
      if (error instanceof Error && absent.test(error.name)) return undefined;
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      throw new CommandError(
        `AWS does not say what became of an interrupted ${type.split(":").at(-1) ?? type}: ${reason}`,
      );
    }
  };
}
