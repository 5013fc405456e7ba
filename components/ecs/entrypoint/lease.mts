/**
 * OpenClaw's owner lease: a row in its database that says who runs the gateway of a state directory. It lives for 300 s after
 * its owner was killed, and a gateway with another host name, which every Fargate task has, is locked out for so long.
 */
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";

const pollMilliseconds = 1000;

/** A lease of another host that is not over. */
export interface Lease {
  readonly host: string;
  readonly expiresAt: Date;
}

/** SQLITE_BUSY and SQLITE_LOCKED: somebody writes. */
const isBusy = (error: unknown): boolean => [5, 6].includes((error as { errcode?: number }).errcode ?? 0);

/** Who the row names; one that cannot be read is nobody's here. */
const hostOf = (payload: unknown): string => {
  try {
    const { owner } = JSON.parse(String(payload)) as { owner?: { host?: string } }; // written by OpenClaw
    return owner?.host ?? "unknown";
  } catch {
    return "unknown";
  }
};

/**
 * @returns undefined when the state is free for this host: no lease, one that is over, or one of a process of this very
 *   host, which OpenClaw itself finds dead. A database that cannot be read is left to OpenClaw's own judgement.
 */
export function liveLease(stateDirectory: string, now = Date.now()): Lease | undefined {
  const file = join(stateDirectory, "state/openclaw.sqlite");
  if (!existsSync(file)) return undefined;
  let database: DatabaseSync | undefined;
  try {
    // Not read-only: a journal that a killed gateway left has to be rolled back before anything can be read.
    database = new DatabaseSync(file, { timeout: 2000 });
    const row = database
      .prepare(
        "SELECT payload_json, expires_at FROM state_leases WHERE scope = 'gateway-owner' AND lease_key = 'global'",
      )
      .get();
    const [host, expiresAt] = [hostOf(row?.["payload_json"]), Number(row?.["expires_at"] ?? 0)];
    return expiresAt > now && host !== hostname() ? { host, expiresAt: new Date(expiresAt) } : undefined;
  } catch (error) {
    return isBusy(error) ? { host: "unknown", expiresAt: new Date(now + pollMilliseconds) } : undefined;
  } finally {
    database?.close();
  }
}

/**
 * Waits until nobody else runs a gateway on this state.
 *
 * @param deadline epoch milliseconds
 * @param say tells the log
 * @returns the lease that is still there at the deadline; undefined when the state is free
 */
export async function untilFree(
  stateDirectory: string,
  deadline: number,
  say: (line: string) => void,
): Promise<Lease | undefined> {
  let told = "";
  for (;;) {
    const lease = liveLease(stateDirectory);
    if (lease === undefined || Date.now() >= deadline) return lease;
    if (told !== lease.host) {
      say(
        `the gateway on ${lease.host} has not given up this state; its lease ends at ${lease.expiresAt.toISOString()}`,
      );
      told = lease.host;
    }
    await sleep(pollMilliseconds);
  }
}
