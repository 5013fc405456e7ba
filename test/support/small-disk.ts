/** Disks that are small or read-only, without root: file systems mounted in a namespace that ends with its processes. Linux. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { execa } from "execa";

/** What a command printed and how it ended. */
export interface Finished {
  readonly all: string;
  readonly exitCode: number | undefined;
}

/** A disk that stays mounted over a directory until it is disposed of. */
export interface Disk extends AsyncDisposable {
  /** Runs a program that sees the disk. What it leaves running sees it too. */
  readonly run: (command: string, words: readonly string[], input?: string) => Promise<Finished>;
}

/**
 * Mounts a disk over a directory.
 *
 * @param directory exists; everybody else goes on seeing what is in it
 * @param options of tmpfs(5), e.g. `size=50m,ro`
 */
export async function mountDisk(directory: string, options: string): Promise<Disk> {
  const script = 'mount -t tmpfs -o "$2" tmpfs "$1" && echo mounted && exec sleep 600';
  const words = ["--map-root-user", "--mount", "sh", "-c", script, "sh", directory, options];
  const holder = spawn("unshare", words, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(holder, "exit");
  const word: unknown = await Promise.race([once(holder.stdout, "data"), ended]);
  if (String(word) !== "mounted\n") throw new Error(`cannot mount ${options} over ${directory}`);
  const enter = ["--target", String(holder.pid), "--user", "--mount", "--preserve-credentials"];
  return {
    run: async (command, args, input = "") => {
      const result = await execa("nsenter", [...enter, command, ...args], { input, all: true, reject: false });
      return { all: result.all, exitCode: result.exitCode };
    },
    [Symbol.asyncDispose]: async () => {
      holder.kill("SIGKILL");
      await ended;
    },
  };
}
