/** The simulated load balancer before a task: TLS, headers, WebSockets, health, and who may connect to whom. */
import { RevokeSecurityGroupIngressCommand } from "@aws-sdk/client-ec2";
import { ChangeResourceRecordSetsCommand, CreateHostedZoneCommand } from "@aws-sdk/client-route-53";
import { execa } from "execa";
import { readFileSync } from "node:fs";
import { request as requestHttp, type IncomingMessage, type RequestOptions } from "node:http";
import { request as requestHttps } from "node:https";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Account } from "../clouds/aws/tasks/account.ts";
import { sampleBalancer, targetHealth, type SampleBalancer } from "../clouds/aws/tasks/sample-balancer.ts";
import { letIn, type SampleAccount } from "../clouds/aws/tasks/sample-account.ts";
import * as service from "../clouds/aws/tasks/sample-service.ts";
import { sampleWorld, type SampleWorld } from "../clouds/aws/tasks/sample-world.ts";
import { authority } from "../clouds/machines/certificate.ts";

const domain = "gw.example.com";
const port = 8080;
let world: SampleWorld;
let me: Account;
let sample: SampleAccount;
let balancer: SampleBalancer;
let ca: string;
/** Of this computer, where the load balancer's name leads. */
let address: string;

/** Answers its request's headers, echoes WebSockets, and refuses a health check that names a client. */
const script = String.raw`
read -r line; headers=; code='200 OK'
while read -r h; do h=$(printf %s "$h" | tr -d '\r'); [ -n "$h" ] || break; headers="$headers$h|"; done
case "$headers" in *pgrade:\ websocket*)
  printf 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'; exec cat;; esac
case "$line" in *\ /healthz\ *) case "$headers" in *orwarded-*) code='403 Forbidden';; esac;; esac
printf 'HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %s\r\n\r\n%s' "$code" "${"$"}{#headers}" "$headers"
`;

beforeAll(async () => {
  world = await sampleWorld("10.78", { schedulerMs: 100, networkMs: 500, targetSecondMs: 200 });
  ({ me, sample } = world);
  balancer = await sampleBalancer(me, sample, domain, port);
  ca = readFileSync((await authority()).certificate, "utf8");
  await world.park.look();
  address = (await world.park.resolve(balancer.dnsName)) ?? "";
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

/** A request to the load balancer's name, as this computer resolves it. */
const ask = (options: RequestOptions & { secure?: boolean } = {}): Promise<IncomingMessage & { body: string }> =>
  new Promise((resolve, reject) => {
    const { secure = true, headers, ...rest } = options;
    const all = {
      host: address,
      agent: false as const,
      headers: Object.assign({ host: domain }, headers),
      timeout: 15_000,
      ...rest,
    };
    const asked = secure ? requestHttps({ ...all, ca, servername: domain }) : requestHttp(all);
    asked.on("error", reject);
    asked.on("timeout", () => asked.destroy(new Error("nobody answers")));
    asked.on("response", (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => {
        resolve(Object.assign(answer, { body: Buffer.concat(chunks).toString() }));
      });
    });
    asked.end();
  });
const status = async (): Promise<number | undefined> => (await ask()).statusCode;
const health = async (): Promise<string | undefined> => (await targetHealth(me, balancer.targetGroup))[0]?.State;

test("without a target it says 503, and plain HTTP is redirected", async () => {
  expect(await status()).toBe(503);
  const { statusCode, headers } = await ask({ secure: false, path: "/a?b=c" });
  expect([statusCode, headers.location]).toEqual([301, `https://${domain}:443/a?b=c`]);
});

test("a healthy task gets requests with the client's address, and WebSockets", async () => {
  await letIn(me, sample.group.task, port, sample.group.balancer);
  const serve = service.container(`nc -ll -p ${String(port)} -e sh -c "$HANDLE"`, {
    ...{ portMappings: [{ containerPort: port }], environment: [{ name: "HANDLE", value: script }] },
  });
  await service.createService(me, sample, "web", await service.register(me, "web", [serve]), {
    loadBalancers: [{ targetGroupArn: balancer.targetGroup, containerName: "main", containerPort: port }],
    healthCheckGracePeriodSeconds: 30,
  });
  expect(await service.settled(me, "web")).toMatchObject({ rolloutState: "COMPLETED" });
  expect(await health()).toBe("healthy");
  const { body } = await ask({ headers: { "x-forwarded-for": "203.0.113.9" } });
  const headers = new Map(body.split("|").map((line) => [line.split(": ")[0]?.toLowerCase(), line.split(": ")[1]]));
  expect(headers.get("host")).toBe(domain);
  expect(headers.get("x-forwarded-for")).toBe("203.0.113.9, 198.51.100.7");
  expect(headers.get("x-forwarded-proto")).toBe("https");
  expect(headers.get("x-forwarded-port")).toBe("443");
  expect(headers.has("x-forwarded-host")).toBe(false);
  await expect(echo("over the socket")).resolves.toBe("over the socket");
});

test("another process finds the load balancer by its name in Route 53, and trusts its certificate", async () => {
  const { HostedZone } = await me.route53.send(
    new CreateHostedZoneCommand({ Name: "example.com", CallerReference: "1" }),
  );
  const AliasTarget = { DNSName: balancer.dnsName, HostedZoneId: "Z32O12XQLNTSW2", EvaluateTargetHealth: true };
  const Changes = [{ Action: "CREATE" as const, ResourceRecordSet: { Name: domain, Type: "A" as const, AliasTarget } }];
  await me.route53.send(
    new ChangeResourceRecordSetsCommand({ HostedZoneId: HostedZone?.Id, ChangeBatch: { Changes } }),
  );
  const program = `const answer = await fetch("https://${domain}/"); console.log(answer.status, await answer.text())`;
  const { stdout } = await execa("node", ["--input-type=module", "-e", program], { env: world.environment });
  expect(stdout).toMatch(/^200 .*x-forwarded-proto: https/i);
});

/** Upgrades a connection and gives back what comes back. */
const echo = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const upgrade = { connection: "Upgrade", upgrade: "websocket", host: domain };
    const asked = requestHttps({ host: address, ca, servername: domain, agent: false, headers: upgrade });
    asked.on("error", reject);
    asked.on("upgrade", (_, socket) => {
      socket.once("data", (data: Buffer) => {
        resolve(data.toString());
        socket.destroy();
      });
      socket.write(text);
    });
    asked.end();
  });

test("nobody but the load balancer reaches the task; a closed group makes it unhealthy, and requests time out", async () => {
  const [task] = await service.tasksOf(me, "web");
  const own = task?.containers?.[0]?.networkInterfaces?.[0]?.privateIpv4Address;
  await expect(ask({ secure: false, host: own, port, timeout: 1000 })).rejects.toThrow("nobody answers");
  const peers = {
    IpProtocol: "tcp",
    FromPort: port,
    ToPort: port,
    UserIdGroupPairs: [{ GroupId: sample.group.balancer }],
  };
  await me.ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId: sample.group.task, IpPermissions: [peers] }));
  await expect.poll(health, { timeout: 20_000 }).toBe("unhealthy");
  expect((await targetHealth(me, balancer.targetGroup))[0]?.Reason).toBe("Target.Timeout");
  const started = performance.now();
  expect(await status()).toBe(504);
  expect(performance.now() - started).toBeGreaterThan(9500);
  await letIn(me, sample.group.task, port, sample.group.balancer);
  await expect.poll(health, { timeout: 20_000 }).toBe("healthy");
  expect(await status()).toBe(200);
});

test("who may connect to the load balancer is its group's affair; a task that leaves drains first", async () => {
  const everybody = { IpProtocol: "tcp", FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: "0.0.0.0/0" }] };
  await me.ec2.send(
    new RevokeSecurityGroupIngressCommand({ GroupId: sample.group.balancer, IpPermissions: [everybody] }),
  );
  await letIn(me, sample.group.balancer, 443, "127.99.0.0/16");
  await world.park.look();
  await expect(ask({ timeout: 1500 })).rejects.toThrow("nobody answers");
  expect((await ask({ localAddress: "127.99.1.1" })).body).toContain("x-forwarded-for: 198.51.100.7|");
  await service.deleteService(me, "web");
  expect(await targetHealth(me, balancer.targetGroup)).toEqual([]);
});
