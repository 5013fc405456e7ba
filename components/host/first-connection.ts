/**
 * The first connection to a new host, run by Pulumi (`node first-connection.ts`, a `FirstConnectionRequest` on standard
 * input): waits for SSH, recognises the host by the key that its user data gave it, waits for the end of its boot, and
 * gives it its permanent key. A host that has that key already is left as it is.
 */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { shellQuoted } from "../local/shell-quoted.ts";
import type { FirstConnectionRequest } from "./first-connection/contract.ts";
import { untilBooted } from "./first-connection/boot.ts";
import {
  absentMessage,
  FirstConnectionError,
  refusedMessage,
  strangerMessage,
  type Way,
} from "./first-connection/messages.ts";
import { ConnectionFailed, openSession, type Obstacle, type Session } from "./first-connection/session.ts";

const seconds = (name: string, otherwise: number): number => Number(process.env[name] ?? otherwise);

/** How long a host may take to let the deployer in. */
const patience = {
  absent: seconds("OPENCLAW_FIRST_CONNECTION_SECONDS", 300),
  /** sshd may be up before cloud-init gave it its key. */
  stranger: seconds("OPENCLAW_FIRST_CONNECTION_STRANGER_SECONDS", 30),
  /** The deploy user is made by cloud-init, and systemd lets nobody in before the boot is nearly over. */
  refused: seconds("OPENCLAW_FIRST_CONNECTION_REFUSED_SECONDS", 90),
  /** With packages to be upgraded from a slow mirror. */
  boot: seconds("OPENCLAW_FIRST_CONNECTION_BOOT_SECONDS", 900),
};

const tellEverySeconds = seconds("OPENCLAW_FIRST_CONNECTION_TELL_SECONDS", 15);

/**
 * Pauses in milliseconds after each refusal, the last one for all that follow: the first are short, because a host that
 * boots refuses its users for a moment; four tries in all in the 90 s that a refusal may last. OpenSSH's PerSourcePenalties
 * count 5 s for each that fails, and drop their source from 15 s on; the host's fail2ban bans at the fifth.
 */
const pausesAfterRefusalMs = [3000, 20_000, 70_000];

/** That sshd drops whom it refused is the same refusal still. */
const lasting = (before: Obstacle | undefined, now: Obstacle): Obstacle =>
  before?.kind === "refused" && now.kind === "absent" && now.isDrop ? before : now;

/** Address that this machine would send from; nothing is sent. */
async function ownAddress(host: string): Promise<string | undefined> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  try {
    const connected = once(socket, "connect");
    socket.connect(9, host);
    await connected;
    return socket.address().address;
  } catch {
    return undefined; // no route: the message goes without it
  } finally {
    socket.close();
  }
}

const wayTo = async (request: FirstConnectionRequest): Promise<Way> => ({
  ...request,
  ownAddress: await ownAddress(request.host),
  cli: process.env["OPENCLAW_PULUMI_CLI"] ?? "pulumi",
});

async function connect(request: FirstConnectionRequest): Promise<Session> {
  const started = Date.now();
  let obstacle: Obstacle | undefined;
  let since = started;
  let tellAt = started + 2000;
  let refusals = 0;
  for (;;) {
    try {
      return await openSession(request);
    } catch (error) {
      if (!(error instanceof ConnectionFailed)) throw error;
      const before = obstacle?.kind;
      obstacle = lasting(obstacle, error.obstacle);
      if (before !== obstacle.kind) since = Date.now();
      const waitedMs = Date.now() - (obstacle.kind === "absent" ? started : since);
      const waited = Math.round(waitedMs / 1000);
      if (waited >= patience[obstacle.kind]) {
        const way = await wayTo(request);
        if (obstacle.kind === "stranger") throw new FirstConnectionError(strangerMessage(way, obstacle.fingerprint));
        if (obstacle.kind === "refused") throw new FirstConnectionError(refusedMessage(way, waited, obstacle.reason));
        throw new FirstConnectionError(absentMessage(way, waited, obstacle.reason));
      }
      if (Date.now() > tellAt) {
        const what = obstacle.kind === "stranger" ? "another host key, for now" : obstacle.reason;
        console.log(`waiting for SSH at ${request.host}: ${what}`);
        tellAt = Date.now() + tellEverySeconds * 1000;
      }
      const pauseMs = pausesAfterRefusalMs[refusals] ?? 70_000;
      if (obstacle.kind === "refused") refusals += 1;
      await delay(obstacle.kind === "refused" ? Math.min(pauseMs, patience.refused * 1000 - waitedMs) : 1000);
    }
  }
}

async function installHostKey(session: Session, { permanentHostKey }: FirstConnectionRequest): Promise<void> {
  const script = readFileSync(join(import.meta.dirname, "first-connection/install-host-key.sh"), "utf8");
  const { code, stderr } = await session.run(
    `sudo -n bash -c ${shellQuoted(script)} install-host-key`,
    `${permanentHostKey.privateOpenssh.trim()}\n`,
  );
  if (code !== 0) throw new FirstConnectionError(`the host did not take its permanent host key:\n${stderr.trim()}`);
}

async function main(): Promise<void> {
  const request = JSON.parse(await text(process.stdin)) as FirstConnectionRequest; // written by resource.ts
  const session = await connect(request);
  try {
    console.log(`connected to ${request.host}, waiting for the end of its boot`);
    const bootPatience = { seconds: patience.boot, tellEverySeconds };
    await untilBooted(session, await wayTo(request), bootPatience, (line) => {
      console.log(line);
    });
    if (session.hostKey === "bootstrap") await installHostKey(session, request);
  } finally {
    await session.end();
  }
  if (session.hostKey === "permanent") return;
  // From now on nothing but the permanent key counts: a host that did not take it is not let through.
  const known = await connect({ ...request, bootstrapHostKey: request.permanentHostKey.publicOpenssh });
  await known.end();
  console.log("the host has its permanent key");
}

try {
  await main();
} catch (error) {
  if (!(error instanceof FirstConnectionError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
