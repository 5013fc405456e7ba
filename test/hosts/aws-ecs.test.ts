/** A stack on ECS as it is by default, without a way in: the real Pulumi, the real AWS command line and the real OpenClaw, in a simulated account. */
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { archiveTime } from "../../components/ecs/entrypoint/archive-names.mts";
import { openclawImage } from "../clouds/machines/images.ts";
import { ecsDeployment, type EcsDeployment } from "../support/ecs/ecs-deployment.ts";
import { ways } from "../support/ecs/ways.ts";
import { freePort } from "../support/free-port.ts";

let d: EcsDeployment;
let port: number;
let fileSystem = "";
/** The one that is made by hand. */
let archive = "";

beforeAll(async () => {
  d = await ecsDeployment({ access: "tunnel", cidr: "10.74.0.0/24" });
  await openclawImage("2026.9.6");
  port = await freePort();
  await d.set("gateway.port", String(port));
});

afterAll(async () => {
  await d[Symbol.asyncDispose]();
});

it("goes from nothing to a verified gateway that nothing can connect to", async () => {
  await d.up();
  const { gateway } = await d.outputs();
  expect(gateway).toMatchObject({ url: `http://127.0.0.1:${String(port)}/`, reach: "tunnel", target: "aws-ecs" });
  expect(await ways(d)).toEqual({ "task → file system": [2049] });
});

it("A1: tunnel: brings the gateway to this computer's loopback, by Session Manager, until it is ended", async () => {
  const { gateway, token } = await d.outputs();
  const call = async (bearer: string): Promise<number> => {
    const headers = { authorization: `Bearer ${bearer}`, "content-type": "application/json" };
    const body = JSON.stringify({ tool: "sessions_list", args: {} });
    return (await fetch(`${gateway.url}tools/invoke`, { method: "POST", headers, body })).status;
  };
  await d.throughTunnel(port, async () => {
    expect(await (await fetch(gateway.healthUrl)).json()).toEqual({ ok: true, status: "live" });
    expect(await call(token)).toBe(200);
    expect(await call("0".repeat(96))).toBe(401);
  });
  await expect(fetch(gateway.healthUrl)).rejects.toThrow();
});

it("A1: open: prints a link that pairs a browser at the tunnel's near end, without the token", async () => {
  const { token } = await d.outputs();
  const printed = await d.paste("open");
  expect(printed).toContain(`\nhttp://127.0.0.1:${String(port)}/#bootstrapToken=`);
  expect(printed).not.toContain(token);
});

it("makes an archive as soon as it is verified, and CloudWatch learns its age from the log", async () => {
  const { metricFilters: [filter] = [] } = await d.aws.logs.describeMetricFilters({});
  const [to] = filter?.metricTransformations ?? [];
  const { MetricAlarms: alarms = [] } = await d.aws.cloudwatch.describeAlarms({
    AlarmNamePrefix: "gateway-no-archive",
  });
  expect(alarms).toMatchObject([{ Namespace: to?.metricNamespace, MetricName: to?.metricName, Dimensions: [] }]);
  const age = async (): Promise<number | undefined> => {
    const { Datapoints: points = [] } = await d.aws.cloudwatch.getMetricStatistics({
      ...{ Namespace: to?.metricNamespace, MetricName: to?.metricName, Statistics: ["Minimum"], Period: 3600 },
      ...{ StartTime: new Date(Date.now() - 7_200_000), EndTime: new Date(Date.now() + 3_600_000) },
    });
    return points[0]?.Minimum;
  };
  await expect.poll(age, { timeout: 180_000, interval: 1000 }).toBeLessThan(1);
});

/** What the guide says to append to a command. */
const guide = readFileSync(join(import.meta.dirname, "../../docs/aws-ecs.md"), "utf8");
const [, byHand = ""] = /^gateway cli (backup create .+)$/m.exec(guide) ?? [];
const [, fromElsewhere = ""] = /gateway shell ("curl -fsS -o [^"]+)"/.exec(guide) ?? [];

/** A file in the workspace, and what was in it when the archive was made by hand. */
const note = (): string => d.file(fileSystem, "state/workspace/MEMORY.md");
const write = (text: string): void => {
  mkdirSync(dirname(note()), { recursive: true });
  writeFileSync(note(), text);
  for (const path of [dirname(note()), note()]) chownSync(path, 1000, 1000);
};
const archives = (): string[] => readdirSync(d.file(fileSystem, "backups")).filter((name) => name.endsWith(".tar.gz"));

it("makes an archive by hand, with the pasted command", async () => {
  fileSystem = (await d.outputs()).data.id;
  write("remembered");
  expect(await d.paste("cli", byHand)).toContain("/data/backups/");
  const made = archives().filter((name) => archiveTime(name) === undefined);
  expect(made).toEqual([expect.stringMatching(/-openclaw-backup\.tar\.gz$/)]);
  [archive = ""] = made;
  write("forgotten");
});

it("goes back to the task and the state before when OpenClaw refuses the configuration, and says why", async () => {
  await d.set("config.nonsense.key", "text");
  const { output, exitCode } = await d.attempt("up");
  expect(exitCode).not.toBe(0);
  expect(output).toMatch(
    /release [0-9a-f]{12} did not become the gateway: ECS went back to the task before, \S+:1, which runs again, with its state/,
  );
  expect(output).toContain("container gateway: ended with 78");
  await d.unset("config.nonsense");
});

it("goes on with the task and the state before when there is no such archive, and says which there are", async () => {
  await d.set("data.restore", "none.tar.gz");
  const { output, exitCode } = await d.attempt("up");
  expect(exitCode).not.toBe(0);
  expect(output).toMatch(/ECS went back to the task before, \S+:1, which runs again, with its state/);
  expect(output).toContain("openclaw:data.restore: there is no archive none.tar.gz, and the state is as it was");
  for (const name of archives()) expect(output).toContain(name);
  expect(readFileSync(note(), "utf8")).toBe("forgotten");
});

it("brings an archive in from elsewhere, with the pasted command", async () => {
  const [elsewhere, inside] = [d.file(fileSystem, "elsewhere.tar.gz"), d.file(fileSystem, `backups/${archive}`)];
  renameSync(inside, elsewhere);
  const bytes = readFileSync(elsewhere);
  // The tasks have no way out: the address is one of their own loopback, and the server forgets the file when it listens.
  const server = `const { readFileSync, rmSync } = fs; const bytes = readFileSync("/data/elsewhere.tar.gz");
    const server = http.createServer((request, response) => {
      if (request.url !== "/a.tar.gz?signed=1&expires=2") return void response.writeHead(403).end("<Error/>");
      response.end(bytes, () => process.exit());
    }).listen(8099, "127.0.0.1", () => rmSync("/data/elsewhere.tar.gz"));`;
  const serving = d.task().running.exec("shell", ["node", "-e", server]);
  await expect.poll(() => existsSync(elsewhere), { timeout: 60_000 }).toBe(false);
  const fetched = (address: string): Promise<string> =>
    d.paste("shell", `${fromElsewhere.replace("<name>.tar.gz", archive).replace("<address>", address)}"`);
  expect(await fetched("http://127.0.0.1:8099/b.tar.gz")).toContain("403");
  expect(existsSync(inside)).toBe(false);
  await fetched("http://127.0.0.1:8099/a.tar.gz?signed=1&expires=2");
  await serving;
  expect(readFileSync(inside).equals(bytes)).toBe(true);
});

it("G7: begins the next release with the archive's state, once, and keeps the state that was there", async () => {
  await d.set("data.restore", archive);
  await d.up();
  expect(readFileSync(note(), "utf8")).toBe("remembered");
  const replaced = readdirSync(d.file(fileSystem, "replaced"));
  expect(replaced).toHaveLength(1);
  expect(readFileSync(d.file(fileSystem, `replaced/${replaced.join()}/workspace/MEMORY.md`), "utf8")).toBe("forgotten");
});

it("does nothing when nothing changed", async () => {
  expect(await d.up()).toMatch(/Resources:\n {4}\d+ unchanged\n/);
  expect(readdirSync(d.file(fileSystem, "replaced"))).toHaveLength(1);
});
