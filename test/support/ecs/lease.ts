/** OpenClaw's owner lease, as the file system holds it: the row that says who runs the gateway of this state. */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** See the file's comment. */
export interface LeaseRow {
  readonly host: string;
  readonly expiresAt: number;
}

/** @param database path of `openclaw.sqlite`; a copy of it is read, so that nothing of the gateway's is touched */
export function leaseRow(database: string): LeaseRow | undefined {
  const directory = mkdtempSync(join(tmpdir(), "openclaw-lease-"));
  try {
    for (const suffix of ["", "-wal"]) {
      if (existsSync(`${database}${suffix}`)) copyFileSync(`${database}${suffix}`, join(directory, `copy${suffix}`));
    }
    const copy = new DatabaseSync(join(directory, "copy"));
    const row = copy
      .prepare(
        "SELECT payload_json, expires_at FROM state_leases WHERE scope = 'gateway-owner' AND lease_key = 'global'",
      )
      .get();
    copy.close();
    if (row === undefined) return undefined;
    const { owner } = JSON.parse(String(row["payload_json"])) as { owner: { host: string } }; // written by OpenClaw
    return { host: owner.host, expiresAt: Number(row["expires_at"]) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
