/** One way to keep a gateway running. Each runtime has one: `process-service.ts`, `systemd-service.ts`, `launchd-service.ts`. */
import type { LocalRelease } from "./contract.ts";
import { launchdService } from "./launchd-service.ts";
import { processService } from "./process-service.ts";
import { systemdService } from "./systemd-service.ts";

/** What a runtime must be able to do. */
export interface GatewayService {
  /** @throws ReleaseError when this machine cannot keep a gateway running that way */
  readonly requireMachine: () => Promise<void>;
  /** Starts what `release.json` says; returns when the gateway was started, not when it is ready. */
  readonly start: () => Promise<void>;
  /** Stops the gateway gracefully, and whatever is left of an earlier one; returns when nothing of it runs. */
  readonly stop: () => Promise<void>;
  /** Whether any process of it runs, supervised or left behind. */
  readonly isRunning: () => Promise<boolean>;
  /** Whether it would be started again after a crash. */
  readonly isSupervised: () => Promise<boolean>;
  /** Why it will not come up, or undefined while there is hope. */
  readonly hopeless: () => Promise<string | undefined>;
  /** Removes what `start` left on the machine outside the stack's own directories. */
  readonly uninstall: () => Promise<void>;
}

/** The service of a release's runtime. */
export function serviceFor(release: LocalRelease): GatewayService {
  switch (release.runtime) {
    case "process":
      return processService(release);
    case "systemd":
      return systemdService(release);
    case "launchd":
      return launchdService(release);
  }
}
