import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { contractFault, readGateway, type Gateway } from "../../infra/outputs.ts";
import { record } from "../support/mocks.ts";

const exported = {
  contract: 1,
  gateway: { name: "prod", target: "local", version: "2026.9.6", url: "http://127.0.0.1:18789/", reach: "local" },
  token: "canary",
  data: { kind: "directory", id: "/d", path: "/d", onDestroy: "retain" },
  commands: { open: "open" },
};

/** What a consumer reads of a stack that exports `outputs`. */
async function read(outputs: Readonly<Record<string, unknown>>): Promise<Gateway> {
  let gateway: Gateway | undefined;
  await record(
    () => {
      gateway = readGateway(new pulumi.StackReference("organization/openclaw/prod"));
    },
    { "pulumi:pulumi:StackReference": { outputs, secretOutputNames: [] } },
  );
  if (gateway === undefined) throw new Error("no gateway");
  return gateway;
}

/** The value of an output, or the error that it ends with. */
const settled = <T>(output: pulumi.Output<T>): Promise<T> =>
  // An output's promise is not in its typings; `apply` alone never tells of an error.
  (output as unknown as { promise: () => Promise<T> }).promise();

it("gives a consumer the contract's fields as they were exported", async () => {
  const { gateway, data, commands, host } = await read(exported);
  expect(await settled(host)).toBeUndefined();
  expect(await settled(gateway)).toEqual(exported.gateway);
  expect(await settled(data)).toEqual(exported.data);
  expect(await settled(commands)).toEqual(exported.commands);
});

it("gives a consumer the machine of a stack that has one", async () => {
  const machine = { provider: "hetzner", id: "1", address: "203.0.113.9", sshUser: "u", hostKey: "ssh-ed25519 AAAA" };
  const { host, release } = await read({ ...exported, host: machine, release: { id: "0123456789ab" } });
  expect(await settled(host)).toEqual(machine);
  expect(await settled(release)).toEqual({ id: "0123456789ab" });
});

it("keeps the token secret, even when the referenced stack does not say that it is", async () => {
  const { token } = await read(exported);
  expect(await settled(token)).toBe("canary");
  expect(await pulumi.isSecret(token)).toBe(true);
});

it("refuses another contract, naming both", () => {
  expect(contractFault(1)).toBeUndefined();
  expect(contractFault(2)).toBe(
    "the referenced stack has contract 2, this reader needs 1; deploy that stack with a pulumi-openclaw of the same contract",
  );
});
