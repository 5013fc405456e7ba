/** `npm run check`: types, lint, format, and the generated files. All of them run, even when one fails. */
import { execa } from "execa";
import { checkout } from "./pulumi-cli.ts";
import { report, requireNoWords } from "./report.ts";

const checks = [
  ["tsc", "--project", "."],
  ["eslint", "--max-warnings", "0", "."],
  ["prettier", "--check", "--log-level", "warn", "."],
] as const;

const help = `npm run check [-- --help]

Types, lint, format: ${checks.map(([tool]) => tool).join(", ")}. All of them run, even when one fails.`;

await report(help, async () => {
  requireNoWords("npm run check", help);
  let failed = 0;
  for (const [tool, ...words] of checks) {
    const result = await execa(tool, words, { cwd: checkout, preferLocal: true, stdio: "inherit", reject: false });
    console.log(`${tool}: ${result.failed ? "failed" : "ok"}`);
    if (result.failed) failed += 1;
  }
  return failed;
});
