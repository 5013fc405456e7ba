/** `npm run pulumi -- <arguments>`: the Pulumi CLI on the embedded backend. */
import { pulumiCli } from "./pulumi-cli.ts";

const pulumi = await pulumiCli();
process.exitCode = await pulumi.show(...process.argv.slice(2));
