/** An `up` at Hetzner Cloud that was killed, and the next one. */
import type { CommandResult } from "../support/deployer.ts";
import { until } from "../support/until.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
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
  expect(await prod.run("destroy")).toMatchObject({ exitCode: 0 });
  const { id } = only(hetzner.cloud.project.volumes);
  await hetzner.cloud.call("DELETE", `/volumes/${String(id)}`);
  expect(hetzner.cloud.exists()).toEqual(nothingAtAll);
});
