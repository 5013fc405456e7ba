/** `npm run new -- <stack> --target <target>`: a stack of this project, with the target's example as its configuration. */
import { copyFileSync, existsSync, rmSync, constants } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isTarget, targets, type Target } from "../infra/config-schema.ts";
import { checkout, pulumiCli } from "./pulumi-cli.ts";
import { CommandError, report } from "./report.ts";

/** What this command makes stacks for. */
const others = targets.filter((target) => target !== "local");

const help = `npm run new -- <stack> --target <target>

Makes a stack: copies stacks/examples/<target>.yaml to stacks/Pulumi.<stack>.yaml, and tells what is left to set.
Targets: ${others.join(", ")}. An existing stack is left alone. The stack on this machine is made by npm start.

Example:  npm run new -- hetzner-prod --target hetzner`;

/** What has no default, as commands; the configuration's own faults say the same. */
const leftToSet: Readonly<Record<Target, readonly string[]>> = {
  local: [],
  hetzner: [
    "--secret hcloud:token                                  # asks for the API token: project, Security, API tokens, read & write",
    "--path 'openclaw:ssh.allowedCidrs[0]' <address>/32     # who may reach SSH: this machine's public address at least",
    `--path 'openclaw:ssh.authorizedKeys[0]' "$(cat ~/.ssh/id_ed25519.pub)"`,
  ],
  "aws-ecs": ["aws:region eu-central-1                                 # the region of AWS"],
};

const next = (stack: string, target: Target): string => {
  const set = leftToSet[target].map((words) => `  npm run pulumi -- config set --stack ${stack} ${words}`);
  const before = set.length === 0 ? "" : `Set what has no default:\n\n${set.join("\n")}\n\n`;
  return `\nMade the stack "${stack}"; its configuration is stacks/Pulumi.${stack}.yaml. ${before}Then:\n\n  npm run pulumi -- preview --stack ${stack}\n  npm run pulumi -- up --stack ${stack}\n`;
};

/** @throws CommandError naming what is wrong with the arguments */
function wanted(): { stack: string; target: Target } {
  let parsed;
  try {
    parsed = parseArgs({
      allowPositionals: true,
      options: { target: { type: "string" } },
    });
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
  if (!isTarget(values.target)) {
    throw new CommandError(
      `--target is ${values.target ?? "missing"}; allowed: ${others.join(", ")}\nType: npm run new -- ${stack} --target ${others[0] ?? ""}`,
    );
  }
  return { stack, target: values.target };
}

await report(help, async () => {
  const { stack, target } = wanted();
  if (target === "local") {
    throw new CommandError(
      `the stack on this machine is made, and deployed, by npm start; for others: ${others.join(", ")}`,
    );
  }
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
