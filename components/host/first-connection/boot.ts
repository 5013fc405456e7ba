/** The end of a host's first boot: waited for as long as it may take, with what cloud-init says about it. */
import { setTimeout as delay } from "node:timers/promises";
import { bootProgress, bootTimeoutMessage, cloudInitFault, FirstConnectionError, type Way } from "./messages.ts";
import type { Session } from "./session.ts";

/** How long a boot may take, and how often it is told about. */
export interface BootPatience {
  readonly seconds: number;
  readonly tellEverySeconds: number;
}

/** Where cloud-init is, and the last line that it wrote: of packages, mostly. */
const look = "cloud-init status --format json; sudo -n tail -n 1 /var/log/cloud-init-output.log";

/** A host that does not answer this is no reason to end: the other command says when its connection is gone. */
async function progress(session: Session): Promise<string> {
  const asked = session.run(look).catch(() => undefined);
  const outcome = await Promise.race([asked, delay(5000, undefined, { ref: false })]);
  return bootProgress(outcome?.stdout ?? "");
}

/** @throws FirstConnectionError when the boot failed, or is not over in time; the host is left as it is */
export async function untilBooted(
  session: Session,
  way: Way,
  patience: BootPatience,
  say: (line: string) => void,
): Promise<void> {
  const started = Date.now();
  const deadline = started + patience.seconds * 1000;
  const ended = session.run("cloud-init status --wait --format json");
  for (;;) {
    const pauseMs = Math.max(0, Math.min(patience.tellEverySeconds * 1000, deadline - Date.now()));
    const outcome = await Promise.race([ended, delay(pauseMs, undefined, { ref: false })]);
    if (outcome !== undefined) {
      const fault = cloudInitFault(way, outcome.code, outcome.stdout, outcome.stderr);
      if (fault !== undefined) throw new FirstConnectionError(fault);
      return;
    }
    const doing = await progress(session);
    const waited = Math.round((Date.now() - started) / 1000);
    if (Date.now() >= deadline) throw new FirstConnectionError(bootTimeoutMessage(way, waited, doing));
    say(`the host boots since ${String(waited)} s: ${doing}`);
  }
}
