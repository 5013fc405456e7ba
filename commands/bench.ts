/**
 * `npm run bench [-- --cold] [-- --hosts] [-- --aws] [-- --json <file>]`: this program against an empty one, on the same engine and
 * machine. `--cold` adds a first `npm start` with every cache empty; `--hosts` adds a stack at the simulated Hetzner Cloud
 * against the same steps by hand, on machines that boot; `--aws` adds a stack on ECS at the simulated AWS.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { coldStartSeconds, measureLocal } from "./bench/local.ts";
import { CommandError, report } from "./report.ts";

/** Budgets of the design; a ratio is this program's time by that of what it is measured against. */
const budgets: Readonly<Record<string, number>> = {
  previewRatio: 1.2,
  noOpUpRatio: 1.3,
  peakMemoryMiB: 200,
  warmStartSeconds: 15,
  coldStartSeconds: 600,
  hetznerUpRatio: 1.3,
  hetznerRestartRatio: 1.5,
  hetznerMigrationRatio: 2.5,
  hetznerPreviewRatio: 1.5,
  awsStartRatio: 1.3,
  awsPreviewRatio: 2,
};

const isWithin = (name: string, value: number): boolean => value <= (budgets[name] ?? Infinity);

const help = `npm run bench [-- --cold] [-- --hosts] [-- --aws] [-- --json <file>]

Measures this program against an empty one, and ends with 1 while a budget is missed.
  --cold         also a first npm start with every cache empty (minutes)
  --hosts        also a stack at the simulated Hetzner Cloud against the same steps by hand, on machines that boot
  --aws          also a stack on ECS at the simulated AWS
  --json <file>  writes the figures there, too`;

/** @throws CommandError naming the word that is not known */
function wanted() {
  const boolean = { type: "boolean", default: false } as const;
  try {
    return parseArgs({ options: { cold: boolean, hosts: boolean, aws: boolean, json: { type: "string" } } }).values;
  } catch (error) {
    throw new CommandError(`${error instanceof Error ? error.message : String(error)}\n\n${help}`);
  }
}

await report(help, async () => {
  const values = wanted();
  const measured = {
    ...(await measureLocal()),
    ...(values.cold ? { coldStartSeconds: await coldStartSeconds() } : {}),
    ...(values.hosts ? await (await import("./bench/hetzner.ts")).measureHetzner() : {}),
    ...(values.aws ? await (await import("./bench/aws.ts")).measureAws() : {}),
  };
  const rows = Object.entries(measured).map(([name, value]) => {
    const budget = budgets[name];
    return [name, { measured: Number(value.toFixed(2)), budget, ok: budget && isWithin(name, value) }] as const;
  });
  console.table(Object.fromEntries(rows));
  console.log(JSON.stringify(measured));
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(measured, null, 2)}\n`);
  return Object.entries(measured).every(([name, value]) => isWithin(name, value)) ? 0 : 1;
});
