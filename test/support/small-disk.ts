/** Disks that are small or read-only, without root: file systems mounted in a namespace that ends with its processes. Linux. */
import { execa, type Result } from "execa";

/** Mount options of a file system in memory. */
export type DiskOptions = `size=${number}m` | `size=${number}m,ro`;

const options = { all: true, reject: false } as const;

/** What a command printed and how it ended. */
export type Finished = Pick<Result<typeof options>, "all" | "exitCode">;

/** A disk that stays mounted over a directory until it is disposed of. */
export interface Disk extends AsyncDisposable {
  /** Runs a program that sees the disk. What it leaves running sees it too. */
  readonly run: (command: string, words: readonly string[], input: string) => Promise<Finished>;
}

/**
 * Mounts a disk over a directory.
 *
 * @param directory exists; everybody else goes on seeing what is in it
 */
export async function mountDisk(directory: string, size: DiskOptions): Promise<Disk> {
  const script = 'mount -t tmpfs -o "$2" tmpfs "$1" && echo mounted && exec sleep 600';
  const holder = execa("unshare", ["--map-root-user", "--mount", "sh", "-c", script, "sh", directory, size], {
    all: true,
    reject: false,
    buffer: false,
  });
  const pid = holder.pid;
  if (pid === undefined) throw new Error("unshare did not start");
  for await (const line of holder.iterable({ from: "all" })) {
    if (line !== "mounted") throw new Error(`cannot mount: ${line}`);
    break;
  }
  const enter = ["--target", String(pid), "--user", "--mount", "--preserve-credentials"];
  return {
    run: (command, words, input) => execa("nsenter", [...enter, command, ...words], { ...options, input }),
    [Symbol.asyncDispose]: async () => {
      holder.kill("SIGKILL");
      await holder;
    },
  };
}
