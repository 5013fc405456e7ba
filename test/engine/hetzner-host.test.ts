/** A host at Hetzner Cloud from nothing, and what an `up` that changes little does to it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { targets } from "../../infra/config-schema.ts";
import { otherKey } from "../unit/bad-configurations.ts";
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
  hetzner = await hetznerWithoutHosts("127.77");
  prod = await hetzner.newStack("prod");
});

afterAll(() => hetzner[Symbol.asyncDispose]());

test("npm run new leaves what exists alone, and says what is allowed", async () => {
  const others = targets.filter((target) => target !== "local").join(", ");
  const said = async (...words: string[]): Promise<string> => (await hetzner.clone.npm("new", ...words)).output;
  expect(await said("prod", "--target", "hetzner")).toBe(
    "stacks/Pulumi.prod.yaml exists already; it was left as it is",
  );
  expect(await said("other", "--target", "azure")).toContain(`--target is azure; allowed: ${others}\n`);
  expect(await said("--help")).toContain("npm run new -- <stack> --target <target>");
  expect(await said("other")).toBe(
    `--target is missing; allowed: ${others}\nType: npm run new -- other --target <target>`,
  );
  expect(await said("other", "hetzner")).toContain('one stack is to be named, got "other", "hetzner"');
  expect(await said("a/b", "--target", "hetzner")).toBe(
    `"a/b" cannot be a stack's name; allowed: at most 41 letters, digits, - and _`,
  );
  expect(await said("mine", "--target", "local")).toBe(
    `the stack on this machine is made, and deployed, by npm start; for others: ${others}`,
  );
  expect(await said("--help")).toContain("npm run new -- hetzner-prod --target hetzner");
  expect(await said("--traget", "hetzner")).toContain("Unknown option '--traget'");
});

test("a size that is sold out, and one that is too small, are refused before anything is created", async () => {
  await prod.set("host.size", "cpx21");
  expect(await prod.refused()).toMatchInlineSnapshot(`
    "the configuration of stack "prod" has 1 fault; nothing was changed

      1. openclaw:host.size
         got:     "cpx21", which is not sold in fsn1 any more
         allowed: what fsn1 has now: cpx22, cx23, ccx13, cx33
         type:    npm run pulumi -- config set --stack prod --path openclaw:host.size cpx22"
  `);
  await prod.set("host.size", "cx23");
  expect(hetzner.cloud.exists()).toEqual(nothingAtAll);
  expect(await prod.pulumi("stack", "export")).not.toContain("pulumi:providers");
});

test("from nothing to a host with its permanent key", async () => {
  const text = await prod.up();
  expect(text).toContain("the host has its permanent key");
  expect(hetzner.cloud.exists()).toEqual(everythingOf("prod"));

  const { boot, rules, volumes } = only(hetzner.park.machines);
  expect(rules).toEqual([
    expect.objectContaining({ direction: "in", protocol: "tcp", port: "22", source_ips: ["127.0.0.0/8"] }),
  ]);
  expect([...volumes]).toEqual([Number((await prod.outputs()).data.id)]);
  expect(boot.ipv4).toBe((await prod.outputs()).host.address);
  // One private key is in the user data, and it is not the host's any more.
  expect(boot.userData.match(/PRIVATE KEY/g)).toHaveLength(2);
  expect(boot.userData).not.toContain((await prod.outputs()).host.hostKey);
  expect((await prod.outputs()).release.id).toMatch(/^hetzner-\d+-cx23 \/dev\/disk\/by-id\/scsi-0HC_Volume_\d+ 10$/);
});

test("no provider is the engine's, and the cloud's token is plain nowhere in the state", async () => {
  const state = await prod.pulumi("stack", "export");
  const { deployment } = JSON.parse(state) as { deployment: { resources: { urn: string; provider?: string }[] } };
  const providers = new Set(deployment.resources.flatMap(({ provider }) => provider?.split("::")[3] ?? []));
  expect(providers).toEqual(new Set(["command", "hcloud", "tls"]));
  expect(state).not.toContain(hetzner.cloud.token);
});

test("an up that changes nothing does nothing", async () => {
  const host = only(hetzner.park.hosts);
  const before = host.connections();
  expect(await prod.up()).toMatch(/Resources:\n\s+18 unchanged/);
  expect(await prod.planned()).toEqual({});
  expect(await hetzner.clone.pulumi("refresh", "--stack", "prod", "--yes", "--skip-preview")).toMatch(/18 unchanged/);
  expect(host.connections()).toBe(before);
});

test("another range changes the firewall, and tries whether it lets the deployer in", async () => {
  await prod.set("ssh.allowedCidrs[1]", "2001:DB8::/48");
  expect(await prod.planned()).toEqual({ "host-firewall": "update", "host-first-connection": "update" });
  await prod.up();
  expect(only(hetzner.park.machines).rules?.[0]?.source_ips).toEqual(["127.0.0.0/8", "2001:db8::/48"]);
  expect(await prod.planned()).toEqual({});
});

test("another key changes the user data, which is no reason to make another server", async () => {
  await prod.set("ssh.authorizedKeys[0]", otherKey);
  expect(await prod.planned()).toEqual({});
});
