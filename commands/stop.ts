/** `npm run stop`: stops and removes the gateway of `npm start`; its state stays unless the configuration says otherwise. */
import { recover, stack } from "./local-stack.ts";
import { pulumiCli } from "./pulumi-cli.ts";
import { report } from "./report.ts";

await report(async () => {
  const pulumi = await pulumiCli();
  recover(pulumi.backend.directory);
  await pulumi.read("stack", "select", stack, "--create");
  return pulumi.show("destroy", "--stack", stack, "--yes", "--skip-preview");
});
