/** The gateway under launchd (macOS): launchd keeps our supervisor, the supervisor keeps the gateway. */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { homedir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { renderLaunchdPlist } from "../units/launchd-plist.ts";
import { ReleaseError, type LocalRelease } from "./contract.ts";
import { processService, startSupervisor, supervisorArguments } from "./process-service.ts";
import type { GatewayService } from "./service.ts";

/** Label of a stack's agent. */
const launchdLabel = (stack: string): string => `pulumi-openclaw.gateway.${stack}`;

const launchctl = (...words: string[]) => execa("launchctl", words, { reject: false, all: true });

/** See `GatewayService`. */
export function launchdService(release: LocalRelease): GatewayService {
  const { command, paths, stack } = release;
  const file = join(homedir(), "Library/LaunchAgents", `${launchdLabel(stack)}.plist`);
  const domain = `gui/${String(userInfo().uid)}`;
  const supervised = processService(release);
  return {
    ...supervised,
    start: async () => {
      await mkdir(dirname(file), { recursive: true });
      await mkdir(paths.logs, { recursive: true, mode: 0o700 });
      const words = [command.node, ...supervisorArguments(paths)];
      await writeFile(
        file,
        renderLaunchdPlist({ label: launchdLabel(stack), command: words, workingDirectory: paths.run }),
      );
      await startSupervisor(paths.run, async () => {
        const result = await launchctl("bootstrap", domain, file);
        if (result.failed) throw new ReleaseError(`launchctl could not start the gateway: ${result.all}`);
      });
    },
    stop: async () => {
      await launchctl("bootout", `${domain}/${launchdLabel(stack)}`); // fails when it is not loaded, which is what is wanted
      await supervised.stop();
    },
    uninstall: () => rm(file, { force: true }),
  };
}
