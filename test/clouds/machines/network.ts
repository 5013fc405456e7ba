/** A network of machines, with what a cloud's network has: names (DNS), a metadata service, and no way out. */
import { createServer, type Server } from "node:http";
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Resolver } from "node:dns/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { docker } from "./engine.ts";
import { withLock } from "./lock.ts";
import { run } from "./places.ts";
import { ownTable, runLabel } from "./run-label.ts";

/** See the file's comment. */
export interface MachineNetwork {
  readonly name: string;
  /** The computer's own address in the network: tests listen there for machines. */
  readonly gateway: string;
  /** The address of a number from 2 to 250. */
  readonly address: (number: number) => string;
  readonly address6: (number: number) => string;
  /** A network that is routed to the machine of this number, `fd83:…::/64`. */
  readonly network6: (number: number) => string;
  /** Name of the computer's interface. */
  readonly bridge: string;
  /** What http://169.254.169.254/ answers, by client address and path; undefined is 404. */
  readonly serveMetadata: (answer: (client: string, path: string) => string | undefined) => void;
  /** Lets a name resolve to an address; those below it too. */
  readonly addName: (name: string, address: string) => Promise<void>;
  readonly remove: () => Promise<void>;
}

const metadataAddress = "169.254.169.254";

const used = async (): Promise<Set<number>> => {
  const { stdout } = await execa("ip", ["-4", "-brief", "address"]);
  return new Set([...stdout.matchAll(/\b10\.83\.(\d+)\.1\b/g)].map((match) => Number(match[1])));
};

/** Takes a free subnet. Under a lock, because two tests may look at once. */
const create = (): Promise<{ name: string; bridge: string; subnet: number }> =>
  withLock("network", async () => {
    const taken = await used();
    const subnet = Array.from({ length: 250 }, (_, index) => index + 1).find((number) => !taken.has(number));
    if (subnet === undefined) throw new Error("no subnet of 10.83.0.0/16 is free: machines of dead tests hold them");
    const bridge = `ocm${String(subnet)}`;
    const name = `openclaw-test-${String(subnet)}`;
    await docker([
      ...["network", "create", "--driver=bridge", "--label", runLabel],
      ...["--subnet", `10.83.${String(subnet)}.0/24`, "--gateway", `10.83.${String(subnet)}.1`],
      ...["--ipv6", "--subnet", `fd83:${subnet.toString(16)}::/64`, "--gateway", `fd83:${subnet.toString(16)}::1`],
      ...["--opt", `com.docker.network.bridge.name=${bridge}`, name],
    ]);
    return { name, bridge, subnet };
  });

/** Asked at the metadata address, answered by the test: the rule takes the packets there. */
const redirect = (table: string, bridge: string, to: string): Promise<unknown> =>
  execa("nft", ["-f", "-"], {
    input: `table ip ${table} {
  chain prerouting {
    type nat hook prerouting priority dstnat;
    iifname "${bridge}" ip daddr ${metadataAddress} tcp dport 80 dnat to ${to}
  }
}
`,
  });

const listen = async (server: Server, host: string): Promise<number> => {
  await new Promise<void>((resolve) => {
    server.listen(0, host, resolve);
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
};

/** Ends the resolver of a test that was killed: it dropped the signal that its parent's death sends. */
async function endResolver(pidFile: string, gateway: string): Promise<void> {
  if (!existsSync(pidFile)) return;
  const pid = readFileSync(pidFile, "utf8").trim();
  const commandLine = `/proc/${pid}/cmdline`;
  const isResolver = () => existsSync(commandLine) && readFileSync(commandLine, "utf8").includes(gateway);
  if (isResolver()) process.kill(Number(pid), "SIGTERM");
  while (isResolver()) await sleep(20);
}

/** A resolver that knows the given names and no others; it answers when it is returned. */
async function startResolver(gateway: string, names: ReadonlyMap<string, string>): Promise<ChildProcess> {
  const pidFile = join(run, `dns-${gateway}.pid`);
  await endResolver(pidFile, gateway);
  const child = spawn(
    "setpriv",
    [
      ...["--pdeathsig", "SIGTERM", "dnsmasq"],
      ...["--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--bind-interfaces"],
      ...[
        "--listen-address",
        gateway,
        `--pid-file=${pidFile}`,
        "--user=root",
        "--cache-size=0",
        "--except-interface=lo",
      ],
      // A host record has no other family; without it, a question for AAAA would deny the name.
      ...[...names].flatMap(([name, to]) => [`--host-record=${name},${to}`, `--address=/${name}/${to}`]),
      "--address=/#/",
    ],
    { stdio: "ignore" },
  );
  const resolver = new Resolver({ timeout: 200, tries: 1 });
  resolver.setServers([gateway]);
  const [name = ""] = names.keys();
  for (let tried = 0; tried < 100; tried += 1) {
    if ((await resolver.resolve4(name).catch(() => [])).length > 0) return child;
    await sleep(20);
  }
  child.kill("SIGTERM");
  throw new Error(`the resolver of the machines did not start on ${gateway}`);
}

/** Makes a network. */
export async function createNetwork(): Promise<MachineNetwork> {
  const { name, bridge, subnet } = await create();
  const address = (number: number): string => `10.83.${String(subnet)}.${String(number)}`;
  const gateway = address(1);

  let answer: (client: string, path: string) => string | undefined = () => undefined;
  const server = createServer((request, response) => {
    const client = (request.socket.remoteAddress ?? "").replace("::ffff:", "");
    const body = answer(client, request.url ?? "/");
    response.writeHead(body === undefined ? 404 : 200, { "content-type": "text/plain" }).end(body ?? "not found\n");
  });
  const metadata = `${gateway}:${String(await listen(server, gateway))}`;
  const table = ownTable(bridge);
  await redirect(table, bridge, metadata);

  const names = new Map([["metadata.internal", metadataAddress]]);
  let dns = await startResolver(gateway, names);
  const stopDns = async (): Promise<void> => {
    const ended = new Promise((resolve) => dns.once("exit", resolve));
    if (dns.exitCode === null && dns.signalCode === null && dns.kill("SIGTERM")) await ended;
  };

  return {
    name,
    bridge,
    gateway,
    address,
    network6: (number) => `fd83:${subnet.toString(16)}:${number.toString(16)}::/64`,
    address6: (number) => `fd83:${subnet.toString(16)}::${number.toString(16)}`,
    serveMetadata: (serve) => {
      answer = serve;
    },
    addName: async (host, to) => {
      names.set(host, to);
      await stopDns();
      dns = await startResolver(gateway, names);
    },
    remove: async () => {
      await stopDns();
      await execa("nft", ["delete", "table", "ip", table]);
      server.closeAllConnections();
      server.close();
      await docker(["network", "rm", name]);
    },
  };
}
