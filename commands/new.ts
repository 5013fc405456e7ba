/** `npm run new -- <stack> --target <target>`: a stack of this project, with the target's example as its configuration. */
import { copyFileSync, existsSync, rmSync, constants } from "node:fs";
import { join } from "node:path";
import { checkout, pulumiCli } from "./pulumi-cli.ts";
import { CommandError, report } from "./report.ts";
import { otherTargets, wantedStack, type OtherTarget } from "./wanted-stack.ts";

const help = `npm run new -- <stack> --target <target>

Makes a stack: copies stacks/examples/<target>.yaml to stacks/Pulumi.<stack>.yaml, and tells what is left to set.
Targets: ${otherTargets.join(", ")}. An existing stack is left alone. The stack on this machine is made by npm start.

Examples:  npm run new -- hetzner-prod --target hetzner
           npm run new -- aws-prod --target aws-ecs`;

/** What has no default, as commands; the configuration's own faults say the same. */
const leftToSet: Readonly<Record<OtherTarget, readonly string[]>> = {
  hetzner: [
    "--secret hcloud:token                                  # asks for the API token: project, Security, API tokens, read & write",
    "--path 'openclaw:ssh.allowedCidrs[0]' <address>/32     # who may reach SSH: this machine's public address at least",
    `--path 'openclaw:ssh.authorizedKeys[0]' "$(cat ~/.ssh/id_ed25519.pub)"`,
  ],
  "aws-ecs": ["aws:region eu-central-1                                 # the region of AWS"],
};

const next = (stack: string, target: OtherTarget): string => {
  const set = leftToSet[target].map((words) => `  npm run pulumi -- config set --stack ${stack} ${words}`);
  const before = set.length === 0 ? "" : `Set what has no default:\n\n${set.join("\n")}\n\n`;
  return `\nMade the stack "${stack}"; its configuration is stacks/Pulumi.${stack}.yaml. ${before}Then:\n\n  npm run pulumi -- preview --stack ${stack}\n  npm run pulumi -- up --stack ${stack}\n`;
};

await report(help, async () => {
  const { stack, target } = wantedStack(process.argv.slice(2), help);
  const file = join(checkout, "stacks", `Pulumi.${stack}.yaml`);
  if (existsSync(file)) throw new CommandError(`stacks/Pulumi.${stack}.yaml exists already; it was left as it is`);
  const pulumi = await pulumiCli(["--stack", stack]);
  copyFileSync(join(checkout, "stacks/examples", `${target}.yaml`), file, constants.COPYFILE_EXCL);
  try {
    await pulumi.read("stack", "init", stack, "--no-select");
  } catch (error) {
    rmSync(file);
    throw error;
  }
  console.log(next(stack, target));
  return 0;
});
