/** `npm run pulumi -- <arguments>`: the Pulumi CLI on the embedded backend. */
import { pulumiCli } from "./pulumi-cli.ts";
import { report } from "./report.ts";

await report(async () => {
  const pulumi = await pulumiCli();
  return pulumi.show(...process.argv.slice(2));
});
