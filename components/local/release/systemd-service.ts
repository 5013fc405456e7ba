/** The gateway as a systemd service: the machine's when root deploys, else the user's. */
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { homedir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { runFiles } from "../paths.ts";
import { renderSystemdUnit, systemdUnitName } from "../units/systemd-unit.ts";
import { ReleaseError, type LocalRelease } from "./contract.ts";
import { processService } from "./process-service.ts";
import type { GatewayService } from "./service.ts";

const isRoot = (): boolean => userInfo().uid === 0;

/** Where the unit file lies. */
const systemdUnitFile = (stack: string): string =>
  isRoot()
    ? join("/etc/systemd/system", systemdUnitName(stack))
    : join(homedir(), ".config/systemd/user", systemdUnitName(stack));

const run = (...words: string[]) =>
  execa("systemctl", [...(isRoot() ? [] : ["--user"]), ...words], { reject: false, all: true });

/** @throws ReleaseError in systemd's own words */
const systemctl = async (...words: string[]): Promise<string> => {
  const result = await run(...words);
  if (result.failed) throw new ReleaseError(`systemctl ${words.join(" ")} failed: ${result.all}`);
  return result.stdout;
};

/** See `GatewayService`. A gateway that ran under another runtime before is stopped as well. */
export function systemdService(release: LocalRelease): GatewayService {
  const unit = systemdUnitName(release.stack);
  const file = systemdUnitFile(release.stack);
  const { command, paths } = release;
  /** What systemd says of the unit, whether there is one or not; undefined where no systemd answers, so that none runs. */
  const property = async (name: string): Promise<string | undefined> => {
    const result = await run("show", `--property=${name}`, "--value", unit);
    return result.failed ? undefined : result.stdout;
  };
  const requireMachine = async (): Promise<void> => {
    const result = await run("show", "--property=Version", "--value");
    if (!result.failed) return;
    throw new ReleaseError(
      `openclaw:local.runtime is systemd, which does not answer on this machine: ${result.all}\nUse: pulumi config set --stack ${release.stack} --path openclaw:local.runtime process`,
    );
  };
  const isActive = async (): Promise<boolean> => (await property("ActiveState")) === "active";
  return {
    requireMachine,
    start: async () => {
      await requireMachine();
      await mkdir(dirname(file), { recursive: true });
      const rendered = renderSystemdUnit({
        description: `OpenClaw Gateway (stack ${release.stack})`,
        command: [command.node, join(runFiles(paths.run).agent, "exec.mts"), paths.run, "gateway"],
        dataDirectory: paths.data,
        wantedBy: isRoot() ? "multi-user.target" : "default.target",
      });
      await writeFile(file, rendered, { mode: 0o644 });
      await systemctl("daemon-reload");
      await systemctl("enable", "--now", unit);
    },
    stop: async () => {
      await processService(release).stop();
      if ((await property("LoadState")) === "loaded") await systemctl("stop", unit);
    },
    isRunning: isActive,
    isSupervised: isActive,
    hopeless: async () => {
      if ((await property("ActiveState")) !== "failed") return undefined;
      const exit = await property("ExecMainStatus");
      return `OpenClaw refuses to start (exit ${exit ?? "unknown"}). Its last words: journalctl ${isRoot() ? "--unit" : "--user-unit"} ${unit}`;
    },
    uninstall: async () => {
      const answers = (await property("LoadState")) !== undefined;
      if (answers && existsSync(file)) await systemctl("disable", unit);
      await rm(file, { force: true });
      if (answers) await systemctl("daemon-reload");
    },
  };
}
