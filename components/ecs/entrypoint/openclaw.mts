/** OpenClaw's command line, run by the entry point. */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { setPriority } from "node:os";
import { StringDecoder } from "node:string_decoder";

/** How a command is run. */
export interface Run {
  /** Variables beside the entry point's own. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends it. */
  readonly signal?: AbortSignal;
}

/** How it ended: its exit code, null when it was killed, and its last words. */
export interface Ended {
  readonly code: number | null;
  readonly said: string;
}

const killAfterMilliseconds = 5000;
const lastWords = 2000;

/**
 * The gateway goes before: this process waits for the processor, and is the one that is killed when memory is short.
 * https://man7.org/linux/man-pages/man5/proc_pid_oom_score_adj.5.html
 */
function stepBack(pid: number): void {
  try {
    setPriority(pid, 10);
    writeFileSync(`/proc/${String(pid)}/oom_score_adj`, "1000");
  } catch {
    // It is over already, or this is no Linux.
  }
}

/** Runs `openclaw <words>` to its end, with its scratch files in `TMPDIR`; never throws. */
export async function openclaw(words: readonly string[], { env, signal }: Run): Promise<Ended> {
  const child = spawn("openclaw", words, {
    // TMPDIR is on the file system here: it would write hundreds of compiled modules there.
    env: { ...process.env, OPENCLAW_NO_RESPAWN: "1", NODE_DISABLE_COMPILE_CACHE: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (child.pid !== undefined) stepBack(child.pid);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    const decoder = new StringDecoder();
    stream.on("data", (data: Buffer) => {
      said = (said + decoder.write(data)).slice(-lastWords);
    });
  }
  let kill: NodeJS.Timeout | undefined;
  const stop = (): void => {
    child.kill("SIGTERM");
    kill = setTimeout(() => child.kill("SIGKILL"), killAfterMilliseconds);
  };
  if (signal?.aborted === true) stop();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    return await new Promise((resolve) => {
      child.once("error", (error) => {
        resolve({ code: null, said: error.message });
      });
      const tell = (code: number | null): void => {
        resolve({ code, said: said.trim() });
      };
      child.once("close", tell);
      // Something that it started may hold its pipes open.
      child.once("exit", (code) => {
        setTimeout(tell, 1000, code).unref();
      });
    });
  } finally {
    clearTimeout(kill);
    signal?.removeEventListener("abort", stop);
  }
}
