/** An `up` at Hetzner Cloud that was killed, and the next one. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { hetznerLabels, hetznerNames } from "../../components/host/hetzner/names.ts";
import { otherKey } from "../unit/bad-configurations.ts";
import type { CommandResult } from "../support/deployer.ts";
import { until } from "../support/until.ts";
import {
  everythingOf,
  hetznerWithoutHosts,
  nothingAtAll,
  only,
  type HetznerWithoutHosts,
} from "../support/hetzner-without-hosts.ts";
import type { HetznerStack } from "../support/hetzner-stack.ts";

let hetzner: HetznerWithoutHosts;
let prod: HetznerStack;

beforeAll(async () => {
  hetzner = await hetznerWithoutHosts("127.80");
  prod = await hetzner.newStack("prod");
});

afterAll(() => hetzner[Symbol.asyncDispose]());

/** An `up` that is killed, its whole process group at once, as soon as something holds. */
async function killedUp(what: string, holds: () => boolean): Promise<void> {
  const running = hetzner.clone.launch("pulumi", "up", "--stack", "prod", "--yes", "--skip-preview");
  let ended: CommandResult | undefined;
  void running.result.then((result) => (ended = result));
  await until(
    what,
    () => {
      if (ended !== undefined) throw new Error(`it ended before ${what}:\n${ended.output}`);
      return holds() || undefined;
    },
    60,
  );
  process.kill(-running.pid, "SIGKILL");
  await running.result;
}

test("an up that was killed while it made something is completed by the next", async () => {
  hetzner.cloud.failAction({ command: "create_server", afterMs: 3000 });
  await killedUp("a server", () => hetzner.cloud.project.servers.size === 1);
  await until("the server to run", () => hetzner.park.machines.size === 1 || undefined);
  hetzner.cloud.failAction({ command: "attach_volume", afterMs: 3000 });
  await killedUp("the attachment", () =>
    hetzner.cloud.requests.some(({ operation }) => operation.endsWith("/actions/attach")),
  );
  await until("the volume to be attached", () => only(hetzner.park.machines).volumes.size === 1 || undefined);
  const text = await prod.up();
  expect(text).toMatch(/cleared the lock of an interrupted run/);
  expect(text).toMatch(/an interrupted run was creating .*\bhost-attachment\b.*: looking what became of it/);
  expect(only(hetzner.park.machines).journal).toEqual(["boot"]);
  expect(hetzner.cloud.exists()).toEqual(everythingOf("prod"));
  expect(await prod.planned()).toEqual({});
  expect(await prod.attempt("destroy")).toMatchObject({ exitCode: 0 });
  const { id } = only(hetzner.cloud.project.volumes);
  await hetzner.cloud.call("DELETE", `/volumes/${String(id)}`);
  expect(hetzner.cloud.exists()).toEqual(nothingAtAll);
});

/** With every name and label of the stack, and a key that is not the stack's. */
const sshKey = {
  name: "openclaw-prod-deploy",
  public_key: otherKey,
  labels: hetznerLabels(hetznerNames("openclaw", "prod"), {}),
};
const server = { name: "openclaw-prod", server_type: "cx23", image: "debian-13", location: "fsn1" };

test.each([
  ["SshKey", "host-deploy", "/ssh_keys", sshKey],
  ["Firewall", "host-firewall", "/firewalls", { name: "openclaw-prod-firewall" }],
  ["Server", "host-server", "/servers", server],
] as const)("a stranger's %s is not taken for the one that was being made", async (kind, name, path, body) => {
  const { cloud } = hetzner;
  const error = { code: "server_error", message: "too late" } as const;
  const isOrdered = cloud.failRequest({ method: "POST", path, delayMs: 5000, error });
  await killedUp(`${name} to be ordered`, isOrdered);
  const answer = (await cloud.call("POST", path, body)).body as Record<string, { id: number }>;
  const id = Object.values(answer)[0]?.id ?? 0;
  const before = cloud.requests.length;
  const { output, exitCode } = await prod.attempt("up");
  expect(exitCode).not.toBe(0);
  expect(output).toContain(
    `at Hetzner Cloud there is something called ${body.name} (${kind} ${String(id)}) that this stack did not make: it does not have the stack's labels or key. It was left as it is. Rename or delete it there, or use a stack with another name`,
  );
  expect(output).toContain("uniqueness_error");
  const touching = cloud.requests
    .slice(before)
    .filter(({ method, url }) => method !== "GET" && url.includes(String(id)));
  expect(touching).toEqual([]);
  await cloud.call("DELETE", `${path}/${String(id)}`);
});

test("once the strangers are gone, the stack is made", async () => {
  await prod.up();
  expect(hetzner.cloud.exists()).toEqual(everythingOf("prod"));
});

test("a rebuild that was killed while it made the new server, then its attachment, is completed by the next up", async () => {
  const { cloud, park } = hetzner;
  const old = only(cloud.project.servers).id;
  await prod.set("host.rebuild", "1");
  cloud.failAction({ command: "create_server", afterMs: 3000 });
  await killedUp("the new server", () => cloud.project.servers.size === 1 && !cloud.project.servers.has(old));
  await until("the new server to run", () => only(cloud.project.servers).status === "running" || undefined);
  const before = cloud.requests.length;
  cloud.failAction({ command: "attach_volume", afterMs: 3000 });
  await killedUp("the attachment", () =>
    cloud.requests.slice(before).some(({ operation }) => operation.endsWith("/actions/attach")),
  );
  await until("the volume to be attached", () => only(park.machines).volumes.size === 1 || undefined);
  expect(await prod.up()).toMatch(/an interrupted run was creating .*\bhost-attachment\b/);
  expect(only(park.machines).journal).toEqual(["boot"]);
  expect(cloud.exists()).toEqual(everythingOf("prod"));
  expect(await prod.planned()).toEqual({});
});
