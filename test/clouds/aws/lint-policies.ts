/**
 * parliament, somebody else's linter of policies: actions, resources and condition keys that do not exist or do not go
 * together, by AWS's own Service Authorization Reference; what exposes credentials or lets a role raise itself.
 * https://github.com/duo-labs/parliament
 */
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { installMoto } from "./moto.ts";

/** What is wrong with a policy. */
export interface Finding {
  /** parliament's name for it: `RESOURCE_STAR`. */
  readonly issue: string;
  /** What it is about, where parliament says it. */
  readonly actions: readonly string[];
}

/** Lints policies. @param documents JSON @returns findings by policy, in their order */
export async function lintPolicies(documents: readonly string[]): Promise<readonly (readonly Finding[])[]> {
  const script = fileURLToPath(new URL("server/lint_policies.py", import.meta.url));
  const python = `${await installMoto()}/bin/python`;
  const { stdout } = await execa(python, ["-W", "ignore", script], { input: JSON.stringify(documents) });
  return JSON.parse(stdout) as readonly (readonly Finding[])[]; // lint_policies.py writes it
}
