import type { PropertyMap, PropertyValue } from "../../../../toolchain/provider/properties.ts";
import type { Configuration } from "./account.ts";
import { Values } from "./values.ts";

/**
 * Reads the provider's configuration. The engine hands everything but texts over as JSON in a text.
 *
 * @param environment where the published plugin looks for what is not configured
 * @throws Error when there is no region
 */
export function readConfiguration(given: PropertyMap, environment: NodeJS.ProcessEnv): Configuration {
  const values = new Values(withoutJson(given));
  const region = values.text("region") ?? environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"];
  if (region === undefined || region === "") {
    throw new Error(
      "missing region information\nThe AWS region must be set in order to provision resources. " +
        "Set it with `pulumi config set aws:region` or the variable AWS_REGION.",
    );
  }
  const endpoints = values.blocks("endpoints").flatMap((block) => Object.entries(block.ownTable()));
  return {
    region,
    accessKey: values.text("accessKey"),
    secretKey: values.text("secretKey"),
    sessionToken: values.text("token"),
    endpoints: Object.fromEntries(endpoints),
    defaultTags: values.block("defaultTags")?.table("tags") ?? {},
    allowedAccountIds: values.texts("allowedAccountIds"),
  };
}

function withoutJson(given: PropertyMap): PropertyMap {
  const entries = Object.entries(given).map(([name, value]): [string, PropertyValue] => {
    const isJson = typeof value === "string" && /^[[{]/.test(value);
    return [name, isJson ? (JSON.parse(value) as PropertyValue) : value]; // the engine wrote it from such a value
  });
  return Object.fromEntries(entries);
}
