/** What becomes of what an interrupted run was creating: Pulumi's state is given, the API is the simulated one. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { settlePendingCreates } from "../../commands/pending-creates.ts";
import type { PulumiCli } from "../../commands/pulumi-cli.ts";
import { startHetznerCloud, type HetznerCloud } from "../clouds/hetzner/hetzner-cloud.ts";
import { recordedPark } from "../clouds/hetzner/recorded-park.ts";

/** What is imported, of a stack whose state is this. */
async function imported(cloud: HetznerCloud, deployment: object): Promise<unknown> {
  let text = "{}";
  const read: PulumiCli["read"] = (...words) => {
    const file = words[words.indexOf("--file") + 1] ?? "";
    if (words.includes("import")) text = readFileSync(file, "utf8");
    const config = { "hcloud:token": { value: cloud.token }, "hcloud:endpoint": { value: cloud.endpoint } };
    return Promise.resolve(JSON.stringify(words[0] === "config" ? config : { version: 3, deployment }));
  };
  await settlePendingCreates({ read }, "prod");
  return JSON.parse(text);
}

test("an attachment is forgotten whose volume somebody deleted meanwhile", async () => {
  await using cloud = await startHetznerCloud({ park: recordedPark() });
  const volume = { urn: "urn:pulumi:prod::openclaw::v::host-data", id: "4711", type: "hcloud:index/volume:Volume" };
  const attachment = {
    urn: "urn:pulumi:prod::openclaw::a::host-attachment",
    type: "hcloud:index/volumeAttachment:VolumeAttachment",
    inputs: { volumeId: 4711, serverId: 42 },
  };
  const before = { resources: [volume], pending_operations: [{ type: "creating", resource: attachment }] };
  expect(await imported(cloud, before)).toEqual({
    version: 3,
    deployment: { resources: [volume], pending_operations: [] },
  });
  expect(cloud.violations).toEqual([]);
});
