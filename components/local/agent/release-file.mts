/** The file that says what runs. No dependencies: it is copied beside the state. */
import { readJson } from "./files.mts";

/** A command with its environment, as `release.json` holds it. */
export interface GatewayCommand {
  readonly node: string;
  /** OpenClaw's entry file. */
  readonly entry: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
}

/** @throws Error naming the file when it is missing or damaged */
export function readGatewayCommand(path: string): GatewayCommand {
  const release = readJson(path) as { command?: GatewayCommand } | undefined; // written by the release, whole or not at all
  if (release?.command === undefined) {
    throw new Error(`${path} is missing or damaged; run the deployment again (npm start, or pulumi up)`);
  }
  return release.command;
}
