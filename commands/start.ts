/** `npm start`: a verified gateway on this machine, from nothing. Safe to repeat. */
import type { CommandOutputs, GatewayOutputs } from "../infra/outputs.ts";
import { ensureStack, ownTarget, requireThisMachine, stack } from "./local-stack.ts";
import { pulumiCli } from "./pulumi-cli.ts";
import { recover } from "./recover.ts";
import { report, requireNoWords } from "./report.ts";

const help = `npm start [-- --help]

Deploys the stack "${stack}": an OpenClaw Gateway on this machine, kept running and verified.
Run it again at any time: it changes nothing when all is well, and mends what is not.

Change something:  npm run pulumi -- config set --path openclaw:gateway.port 18909, then npm start
Stop and remove:   npm run stop (the gateway's state is kept)`;

/** What `pulumi stack output --json` gives; outputs.ts is the contract. */
interface Outputs {
  readonly gateway: GatewayOutputs;
  readonly commands: CommandOutputs;
}

const summary = ({ gateway, commands }: Outputs): string => `
OpenClaw ${gateway.version} runs on this machine, verified.

  URL             ${gateway.url}
  Open it         ${commands.open}
                  (prints a link that pairs your browser)
  Command line    ${commands.cli} --help
  Status          ${commands.status}
  Logs            ${commands.logs}
  Stop            npm run stop
`;

await report(help, async () => {
  requireNoWords("npm start", help);
  const pulumi = await pulumiCli(["--stack", stack]);
  console.log(pulumi.description);
  recover(pulumi.backend.directory, stack);
  await ensureStack(pulumi);
  requireThisMachine("npm start", ownTarget());
  // Nothing here is drift that a refresh could see: the program itself looks whether the gateway is alive.
  const code = await pulumi.show(
    "up",
    "--stack",
    stack,
    "--yes",
    "--skip-preview",
    "--suppress-outputs",
    "--refresh=false",
  );
  if (code !== 0) {
    console.error(
      "\nThe deployment did not finish; the reason stands above. Run npm start again when it is mended: it completes or undoes what was begun.",
    );
    return code;
  }
  console.log(summary(JSON.parse(await pulumi.read("stack", "output", "--stack", stack, "--json")) as Outputs));
  return 0;
});
