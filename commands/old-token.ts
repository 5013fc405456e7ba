/** An API token that was replaced: Pulumi's state still has the one before, and a refresh uses what the state has. */
import { z } from "zod";
import type { PulumiCli } from "./pulumi-cli.ts";

const [key, variable] = ["hcloud:token", "HCLOUD_TOKEN"];

/** What `pulumi config --json --show-secrets` gives. */
const configuration = z.looseObject({ [key]: z.looseObject({ value: z.string() }).optional() });

/** What `pulumi stack export --show-secrets` gives of a provider; a secret is JSON in a text. */
const exported = z.looseObject({
  deployment: z.looseObject({
    resources: z
      .array(
        z.looseObject({
          type: z.string(),
          inputs: z
            .looseObject({ token: z.looseObject({ plaintext: z.string() }).optional().catch(undefined) })
            .optional(),
        }),
      )
      .default([]),
  }),
});

/**
 * Says how a command that failed gets past the old token.
 *
 * @returns undefined when the state has the token of the configuration, or of the environment, or none
 */
export async function oldTokenAdvice(pulumi: Pick<PulumiCli, "read">, stack: string): Promise<string | undefined> {
  const read = (...words: string[]) => pulumi.read(...words, "--show-secrets", "--stack", stack);
  const [config, state] = await Promise.all([read("config", "--json"), read("stack", "export")]);
  const configured = configuration.parse(JSON.parse(config))[key]?.value;
  const token = configured ?? process.env[variable];
  if (token === undefined) return undefined;
  const { resources } = exported.parse(JSON.parse(state)).deployment;
  const used = resources.findLast(({ type }) => type === "pulumi:providers:hcloud")?.inputs?.token?.plaintext;
  if (used === undefined || used === JSON.stringify(token)) return undefined;
  return `\n${configured === undefined ? variable : key} is another one than the stack was deployed with, which is what a refresh and a destroy use. If that one was revoked, take up the new one first:\n\n  npm run pulumi -- up --stack ${stack} --refresh=false`;
}
