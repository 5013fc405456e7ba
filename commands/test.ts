/** `npm test [-- <layer>…]`: the layers, cheapest first; all of them when none is named. Ends with `N passed, N failed, N skipped`. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { ensureToolchain, PLUGIN_NAMES } from "../toolchain/main.ts";
import { checkout } from "./pulumi-cli.ts";
import { CommandError, report } from "./report.ts";

const layers = ["unit", "components", "rendered", "engine", "hosts"] as const;

/** Tools of the machine that tests run, by the Debian package that holds them. */
const tools = {
  shellcheck: "shellcheck",
  "systemd-analyze": "systemd",
  "/usr/sbin/sshd": "openssh-server",
  ssh: "openssh-client",
  unshare: "util-linux",
  ps: "procps",
  python3: "python3",
  "cloud-init": "cloud-init",
} as const;

/** The counts of vitest's JSON report. */
interface Counts {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
}

async function requireTools(): Promise<void> {
  const missing: string[] = [];
  for (const [tool, debianPackage] of Object.entries(tools)) {
    const found = await execa("sh", ["-c", 'command -v "$1"', "sh", tool], { reject: false });
    if (found.failed) missing.push(debianPackage);
  }
  if (missing.length > 0) {
    throw new CommandError(
      `the tests run programs that this machine does not have; on Debian and Ubuntu: sudo apt-get install --no-install-recommends ${missing.join(" ")}`,
    );
  }
}

async function run(chosen: readonly string[]): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), "openclaw-test-"));
  const json = join(directory, "report.json");
  const projects = chosen.flatMap((layer) => ["--project", layer]);
  try {
    const vitest = await execa(
      join(checkout, "node_modules/.bin/vitest"),
      ["run", ...projects, "--reporter=default", "--reporter=json", `--outputFile.json=${json}`],
      { cwd: checkout, stdio: "inherit", reject: false },
    );
    const counts = JSON.parse(readFileSync(json, "utf8")) as Counts; // vitest's own report
    console.log(
      `${String(counts.numPassedTests)} passed, ${String(counts.numFailedTests)} failed, ${String(counts.numPendingTests)} skipped`,
    );
    return vitest.exitCode ?? 1;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const help = `npm test [-- <layer>…]

Runs the layers that are named, or all: ${layers.join(", ")}. Ends with "N passed, N failed, N skipped".

Example:  npm test -- unit components`;

await report(help, async () => {
  const chosen = process.argv.slice(2);
  const unknown = chosen.find((layer) => !layers.some((known) => known === layer));
  if (unknown !== undefined) throw new CommandError(`no layer "${unknown}"; there are ${layers.join(", ")}`);
  const wanted = chosen.length === 0 ? layers : chosen;
  if (wanted.some((layer) => layer !== "unit" && layer !== "components")) await requireTools();
  if (wanted.includes("engine") || wanted.includes("hosts")) {
    await ensureToolchain({
      plugins: PLUGIN_NAMES,
      report: (line) => {
        console.error(line);
      },
    });
  }
  if (wanted.includes("hosts")) {
    const { prepareMachines } = await import("../test/clouds/machines/prepare.ts");
    await prepareMachines();
  }
  return run(wanted);
});
