/** JSON Schema of a stack's file, for editors; `npm run schema` commits it as `stacks/schema.json`. */
import { z } from "zod";
import { targets, targetSchema, type Target } from "./config-schema.ts";

const secureValues = {
  type: "object",
  description:
    "Secret environment variables of the gateway, e.g. ANTHROPIC_API_KEY; written by `pulumi config set --secret`.",
  additionalProperties: { type: "object", properties: { secure: { type: "string" } }, required: ["secure"] },
};

/** What only error messages need. */
function withoutHelp({ jsonSchema }: { jsonSchema: Record<string, unknown> }): void {
  for (const name of ["allowed", "example", "isText"]) Reflect.deleteProperty(jsonSchema, name);
}

/** The keys of one target, and whatever else Pulumi keeps in the file. */
async function whenTarget(target: Target): Promise<object> {
  const { schema } = await targetSchema(target);
  const { properties } = z.toJSONSchema(schema, { io: "input", override: withoutHelp }) as {
    properties: Record<string, object>; // an object schema has properties
  };
  const keys = Object.entries(properties).map(([name, value]) => [
    `openclaw:${name}`,
    name === "secrets" ? secureValues : value,
  ]);
  return {
    if: { properties: { "openclaw:target": { const: target } } },
    then: {
      properties: Object.fromEntries(keys) as object,
      patternProperties: { "^(?!openclaw:)": true },
      additionalProperties: false,
    },
  };
}

/** JSON Schema of `stacks/Pulumi.<stack>.yaml`. */
export async function stackFileSchema(): Promise<object> {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Pulumi stack configuration of pulumi-openclaw",
    type: "object",
    properties: {
      config: {
        type: "object",
        properties: { "openclaw:target": { description: "Where the gateway runs.", enum: targets } },
        required: ["openclaw:target"],
        allOf: await Promise.all(targets.map(whenTarget)),
      },
    },
  };
}
