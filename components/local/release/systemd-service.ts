/** The gateway as a systemd service: the machine's when root deploys, else the user's. */
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

const systemctl = async (stack: string, ...words: string[]): Promise<string> => {
  const result = await execa("systemctl", [...(isRoot() ? [] : ["--user"]), ...words], { reject: false, all: true });
  if (result.failed) {
    throw new ReleaseError(
      `systemctl ${words.join(" ")} failed: ${result.all}\nWithout a running systemd use: pulumi config set --stack ${stack} --path openclaw:local.runtime process`,
    );
  }
  return result.stdout;
};

/** See `GatewayService`. A gateway that ran under another runtime before is stopped as well. */
export function systemdService(release: LocalRelease): GatewayService {
  const ask = (...words: string[]): Promise<string> => systemctl(release.stack, ...words);
  const unit = systemdUnitName(release.stack);
  const file = systemdUnitFile(release.stack);
  const { command, paths } = release;
  const isActive = async (): Promise<boolean> =>
    (await ask("show", "--property=ActiveState", "--value", unit)) === "active";
  return {
    start: async () => {
      await mkdir(dirname(file), { recursive: true });
      const rendered = renderSystemdUnit({
        description: `OpenClaw Gateway (stack ${release.stack})`,
        command: [command.node, join(runFiles(paths.run).agent, "exec.mts"), paths.run, "gateway"],
        dataDirectory: paths.data,
        wantedBy: isRoot() ? "multi-user.target" : "default.target",
      });
      await writeFile(file, rendered, { mode: 0o644 });
      await ask("daemon-reload");
      await ask("enable", "--now", unit);
    },
    stop: async () => {
      await processService(release).stop();
      const state = await ask("show", "--property=LoadState", "--value", unit);
      if (state === "loaded") await ask("stop", unit);
    },
    isRunning: isActive,
    isSupervised: isActive,
    hopeless: async () => {
      const state = await ask("show", "--property=ActiveState", "--value", unit);
      if (state !== "failed") return undefined;
      const exit = await ask("show", "--property=ExecMainStatus", "--value", unit);
      return `OpenClaw refuses to start (exit ${exit}). Its last words: journalctl ${isRoot() ? "--unit" : "--user-unit"} ${unit}`;
    },
    uninstall: async () => {
      await ask("disable", unit);
      await rm(file, { force: true });
      await ask("daemon-reload");
    },
  };
}
