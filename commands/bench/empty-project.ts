/** What this program is measured against: an empty one, on the same engine and backend. */
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkout } from "../pulumi-cli.ts";

/** Runs the CLI itself in a directory, as `npm run pulumi` does after its own start. */
export type Cli = (
  directory: string,
  words: readonly string[],
  extra?: Readonly<Record<string, string>>,
) => Promise<unknown>;

/**
 * An empty program, as `pulumi new javascript` writes it (it imports the SDK), in a project with the same options,
 * deployed as the stack `empty`.
 *
 * @returns its directory
 */
export async function emptyProject(cli: Cli): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "openclaw-empty-"));
  mkdirSync(join(directory, "infra"));
  mkdirSync(join(directory, "stacks"));
  const project = readFileSync(join(checkout, "Pulumi.yaml"), "utf8").replace("name: openclaw", "name: empty");
  writeFileSync(join(directory, "Pulumi.yaml"), project);
  writeFileSync(join(directory, "package.json"), '{ "type": "module" }');
  writeFileSync(
    join(directory, "infra/index.js"),
    'import * as pulumi from "@pulumi/pulumi";\nexport const stack = pulumi.getStack();\n',
  );
  symlinkSync(join(checkout, "node_modules"), join(directory, "node_modules"));
  await cli(directory, ["stack", "init", "empty"]);
  await cli(directory, ["up", "--stack", "empty", "--yes"]);
  return directory;
}
