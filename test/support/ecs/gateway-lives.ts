/** Watches this computer's processes for gateways on a file system: who lived when, by the kernel's own clock. */
import { readdirSync, readFileSync } from "node:fs";

/** One gateway's process, in seconds since the computer's start. */
export interface GatewayLife {
  readonly pid: number;
  /** Of the task it was in. */
  readonly hostname: string;
  readonly begun: number;
  /** When it was seen last; it was gone a quarter of a second later. */
  seen: number;
}

/** See the file's comment. */
export interface GatewayLives {
  /** All there were, oldest first. */
  readonly all: () => readonly GatewayLife[];
  /** Pairs that lived at the same time. */
  readonly overlaps: () => readonly (readonly [GatewayLife, GatewayLife])[];
  readonly stop: () => void;
}

const everyMs = 250;
/** `_SC_CLK_TCK` of Linux. */
const ticksPerSecond = 100;

const uptime = (): number => Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]);

/** What /proc says behind a process's name: state, parent, …, at 19 the start. */
const fieldsOf = (pid: string): string[] =>
  readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");

/** OpenClaw calls its gateway so; the kernel keeps 15 characters of it. */
const isNamedGateway = (pid: string): boolean => readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "openclaw-gatewa";

/** A program that a gateway starts has its name, too, until it is that program. */
const isGateway = (pid: string): boolean => isNamedGateway(pid) && !isNamedGateway(fieldsOf(pid)[1] ?? "");

function lifeOf(pid: string, directory: string): GatewayLife | undefined {
  if (!readFileSync(`/proc/${pid}/mountinfo`, "utf8").includes(directory)) return undefined;
  const fields = fieldsOf(pid);
  const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  const hostname = environment.find((line) => line.startsWith("HOSTNAME="))?.slice("HOSTNAME=".length) ?? "";
  return { pid: Number(pid), hostname, begun: Number(fields[19]) / ticksPerSecond, seen: uptime() };
}

/** @param directory part of the path that the file system has on this computer */
export function gatewayLives(directory: string): GatewayLives {
  const lives = new Map<string, GatewayLife>();
  const look = (): void => {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      try {
        if (!isGateway(pid)) continue;
        const life = lifeOf(pid, directory);
        if (life === undefined) continue;
        const key = `${pid} ${String(life.begun)}`;
        const known = lives.get(key);
        if (known === undefined) lives.set(key, life);
        else known.seen = life.seen;
      } catch {
        // it ended while it was looked at
      }
    }
  };
  look();
  const timer = setInterval(look, everyMs);
  const all = (): readonly GatewayLife[] => [...lives.values()].sort((one, other) => one.begun - other.begun);
  return {
    all,
    overlaps: () =>
      all().flatMap((one, index) =>
        all()
          .slice(index + 1)
          .filter((other) => other.begun < one.seen)
          .map((other) => [one, other] as const),
      ),
    stop: () => {
      clearInterval(timer);
    },
  };
}
