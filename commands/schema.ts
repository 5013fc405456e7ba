/** `npm run schema`: writes stacks/schema.json, the JSON Schema that editors use on stacks/Pulumi.*.yaml. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "prettier";
import { stackFileSchema } from "../infra/editor-schema.ts";
import { checkout } from "./pulumi-cli.ts";
import { report, requireNoWords } from "./report.ts";

const file = join(checkout, "stacks/schema.json");
const help = `npm run schema [-- --help]

Writes ${file}, the JSON Schema that editors use on stacks/Pulumi.*.yaml.`;

await report(help, async () => {
  requireNoWords("npm run schema", help);
  writeFileSync(file, await format(JSON.stringify(await stackFileSchema()), { parser: "json", printWidth: 120 }));
  console.log(`wrote ${file}`);
  return 0;
});
