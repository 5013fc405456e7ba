/**
 * Health check of the gateway's container: `node -e <this text> <JSON>`. Healthy is a gateway of the expected version that takes
 * the stack's token and no other; then its release is marked good, so that the next one may begin on its state. A container
 * that waits for a lease or starts is not healthy: ECS would take the deployment for completed by its first good answer.
 *
 * Self-contained: it comes along in the task definition, and must work when somebody empties /tmp.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What the task definition tells. */
export interface HealthCheckParameters {
  readonly release: string;
  readonly version: string;
  readonly port: number;
  readonly root: string;
  /** The entry point's directory. */
  readonly run: string;
}

/** Not healthy; the message says why. */
class Unhealthy extends Error {}

const { release, version, port, root, run } = JSON.parse(process.argv[1] ?? "") as HealthCheckParameters;
const base = `http://127.0.0.1:${String(port)}`;

/** @throws Unhealthy unless `/startupz` tells that this version is started */
async function isStarted(): Promise<void> {
  let body: { ok?: boolean; status?: string; version?: string };
  try {
    const answer = await fetch(`${base}/startupz`, { signal: AbortSignal.timeout(3000) });
    body = (await answer.json()) as typeof body; // checked below; unknown paths answer 200 with HTML
  } catch {
    throw new Unhealthy("nothing answers /startupz");
  }
  if (body.ok !== true || body.status !== "started") throw new Unhealthy(`/startupz: ${body.status ?? "no status"}`);
  if (body.version !== version) throw new Unhealthy(`OpenClaw ${String(body.version)} runs, expected ${version}`);
}

/** @returns the status of a call that needs the token; 404 is a tool that the user's policy denies: the token was taken */
async function call(token: string): Promise<number> {
  const answer = await fetch(`${base}/tools/invoke`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ tool: "sessions_list", args: {} }),
    signal: AbortSignal.timeout(6000),
  });
  await answer.arrayBuffer();
  return answer.status;
}

function markGood(): void {
  const file = join(root, "release.json");
  const record = JSON.parse(readFileSync(file, "utf8")) as { current?: string; good?: boolean }; // the entry point wrote it
  if (record.current !== release || record.good === true) return;
  const partial = `${file}.partial`;
  writeFileSync(partial, JSON.stringify({ ...record, good: true }), { mode: 0o600, flush: true });
  renameSync(partial, file);
}

/** @throws Unhealthy */
async function verify(): Promise<void> {
  await isStarted();
  const own = await call(process.env["OPENCLAW_GATEWAY_TOKEN"] ?? "");
  if (own !== 200 && own !== 404) throw new Unhealthy(`the gateway answers ${String(own)} to the stack's own token`);
  const verified = join(run, "verified");
  if (existsSync(verified)) return;
  // Once a start: wrong tokens count towards the gateway's rate limit.
  const wrong = await call("0".repeat(96));
  if (wrong !== 401) throw new Unhealthy(`the gateway answers ${String(wrong)} to a wrong token, expected 401`);
  markGood();
  mkdirSync(run, { recursive: true, mode: 0o700 });
  writeFileSync(verified, "");
}

try {
  await verify();
} catch (error) {
  console.log(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
