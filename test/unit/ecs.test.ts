/** The pure parts of a gateway on ECS, exactly. */
import { describe, expect, it } from "vitest";
import { serviceCommands } from "../../components/ecs/commands.ts";
import { monthlyCost } from "../../components/ecs/cost.ts";
import { fargateObjection, nearestMemoryMiB } from "../../components/ecs/fargate.ts";
import { taskPaths } from "../../components/ecs/paths.ts";
import {
  backupTrust,
  ecrRepository,
  executionPolicy,
  fileSystemPolicy,
  taskPolicy,
  tasksTrust,
  topicPolicy,
  type Statement,
} from "../../components/ecs/policies.ts";
import { divide, overlaps } from "../../components/ecs/subnets.ts";
import { renderTask, type TaskDefinitionArgs } from "../../components/ecs/task-definition.ts";

const place = { partition: "aws", account: "123456789012", region: "eu-central-1" };
const secret = (name: string, version = "1") => ({ name, valueFrom: `arn:${name}:::${version}` });
const task: TaskDefinitionArgs = {
  spec: { version: "2026.9.6", port: 18_789, bind: "lan", paths: taskPaths, config: {} },
  image: "ghcr.io/openclaw/openclaw:2026.9.6",
  cpu: 1024,
  memoryMiB: 3072,
  env: { B: "2", A: "1" },
  secrets: [secret("OPENCLAW_GATEWAY_TOKEN"), secret("API_KEY")],
  shell: true,
  logGroup: "log",
  region: "eu-central-1",
};

describe("a task definition", () => {
  it("has one release id for one meaning, whatever the order, and another for every change", () => {
    const { release } = renderTask(task);
    expect(release).toMatch(/^[0-9a-f]{12}$/);
    const same = { ...task, env: { A: "1", B: "2" }, secrets: [...task.secrets].reverse() };
    expect(renderTask(same).json).toBe(renderTask(task).json);
    const changes: Partial<TaskDefinitionArgs>[] = [
      { env: { A: "1" } },
      { image: "ghcr.io/openclaw/openclaw:2026.9.5" },
      { cpu: 2048 },
      { memoryMiB: 4096 },
      { shell: false },
      { secrets: [secret("OPENCLAW_GATEWAY_TOKEN", "2"), secret("API_KEY")] },
      { spec: { ...task.spec, port: 18_800 } },
      { spec: { ...task.spec, config: { logging: { level: "debug" } } } },
    ];
    const ids = changes.map((change) => renderTask({ ...task, ...change }).release);
    expect(new Set([release, ...ids]).size).toBe(changes.length + 1);
  });

  it("tells the entry point and the health check the same release", () => {
    const { containers, release } = renderTask(task);
    const [gateway] = containers;
    expect(gateway?.command[0]).toContain(`"release":"${release}"`);
    expect(gateway?.healthCheck?.command.at(-1)).toContain(`"release":"${release}"`);
  });

  it("gives the gateway the environment of every container target, and directories on the file system", () => {
    const names = renderTask(task).containers[0]?.environment;
    expect(Object.fromEntries((names ?? []).map(({ name, value }) => [name, value]))).toEqual({
      A: "1",
      B: "2",
      HOME: "/home/node",
      LANG: "C.UTF-8",
      NO_COLOR: "1",
      NPM_CONFIG_CACHE: "/tmp/.cache/npm",
      OPENCLAW_CONFIG_PATH: "/data/state/openclaw.json",
      OPENCLAW_DISABLE_BONJOUR: "1",
      OPENCLAW_GATEWAY_PORT: "18789",
      OPENCLAW_NO_AUTO_UPDATE: "1",
      OPENCLAW_NO_RESPAWN: "1",
      OPENCLAW_STATE_DIR: "/data/state",
      OPENCLAW_WORKSPACE_DIR: "/data/state/workspace",
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      XDG_CACHE_HOME: "/tmp/.cache",
      XDG_CONFIG_HOME: "/data/config",
    });
  });

  it("fits into what ECS takes, and is refused when it does not", () => {
    expect(Buffer.byteLength(renderTask(task).json)).toBeLessThan(42_000);
    const config = { notes: "x".repeat(40_000) };
    expect(() => renderTask({ ...task, spec: { ...task.spec, config } })).toThrow(
      /^the task definition would have \d+ bytes, ECS takes 64512; shorten openclaw:config or openclaw:env$/,
    );
  });
});

describe("sizes of Fargate", () => {
  it.each([
    [0.5, 2048],
    [1, 3072],
    [1, 8192],
    [2, 16_384],
    [4, 30_720],
    [8, 61_440],
    [16, 122_880],
  ])("has %d vCPU with %d MiB", (cpus, memoryMiB) => {
    expect(fargateObjection(cpus, memoryMiB)).toBeUndefined();
    expect(nearestMemoryMiB(cpus, memoryMiB)).toBe(memoryMiB);
  });

  it.each([
    [0.25, 2048],
    [1, 2500],
    [1, 9216],
    [8, 17_408],
    [16, 34_816],
  ])("has no %d vCPU with %d MiB", (cpus, memoryMiB) => {
    expect(fargateObjection(cpus, memoryMiB)).toBeDefined();
    if (cpus >= 0.5) expect(fargateObjection(cpus, nearestMemoryMiB(cpus, memoryMiB))).toBeUndefined();
  });
});

describe("subnets", () => {
  it("are apart from each other, the load balancer's in /27", () => {
    expect(divide("10.71.0.0/24")).toEqual({
      zones: [
        { tasks: "10.71.0.0/26", loadBalancer: "10.71.0.128/27" },
        { tasks: "10.71.0.64/26", loadBalancer: "10.71.0.160/27" },
      ],
      nat: "10.71.0.192/28",
    });
    const { zones, nat } = divide("172.16.255.0/24");
    const all = [...zones.flatMap(({ tasks, loadBalancer }) => [tasks, loadBalancer]), nat];
    for (const one of all) {
      expect(overlaps(one, "172.16.255.0/24")).toBe(true);
      expect(all.filter((other) => overlaps(one, other))).toEqual([one]);
    }
  });

  it.each([
    ["10.0.0.0/16", "10.0.5.0/24", true],
    ["10.0.5.0/24", "10.0.0.0/16", true],
    ["10.0.0.0/24", "10.0.1.0/24", false],
    ["0.0.0.0/0", "203.0.113.0/24", true],
  ])("%s and %s overlap: %s", (one, other, expected) => {
    expect(overlaps(one, other)).toBe(expected);
  });
});

describe("policies", () => {
  const parsed = (text: string) => (JSON.parse(text) as { Statement: Statement[] }).Statement; // policy() wrote it
  const data = { fileSystemArn: "arn:fs", accessPointArn: "arn:ap" };
  const all = [
    tasksTrust(place),
    backupTrust(place),
    executionPolicy({ logGroupArn: "arn:log", secretArns: ["arn:b", "arn:a"], repository: "arn:repository" }),
    taskPolicy({ ...data, shell: true }),
    fileSystemPolicy(data),
    topicPolicy("arn:topic", place),
  ].flatMap(parsed);

  it("allow nobody everything: no action is *, and * stands only where AWS has no resource", () => {
    const allowing = all.filter(({ Effect }) => Effect === "Allow");
    for (const { Action } of allowing) expect([Action].flat().filter((action) => action.includes("*"))).toEqual([]);
    expect(allowing.filter(({ Resource }) => Resource === "*").map(({ Sid }) => Sid)).toEqual([
      "LogInToRegistry",
      "EcsExec",
    ]);
    expect(allowing.filter(({ Principal }) => Principal === "*")).toEqual([]);
  });

  it("let ECS read exactly the task's secrets and write exactly its log", () => {
    expect(parsed(executionPolicy({ logGroupArn: "arn:log", secretArns: ["arn:b", "arn:a"] }))).toEqual([
      {
        Sid: "WriteLog",
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: "arn:log:log-stream:*",
      },
      { Sid: "ReadSecrets", Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: ["arn:a", "arn:b"] },
    ]);
  });

  it("give the task its file system, through its access point, and ECS Exec only where it is on", () => {
    expect(parsed(taskPolicy({ ...data, shell: false })).map(({ Sid }) => Sid)).toEqual(["MountState"]);
    expect(parsed(taskPolicy({ ...data, shell: true })).map(({ Sid }) => Sid)).toEqual(["MountState", "EcsExec"]);
  });

  it("deny clients of the file system alone: AWS Backup and the deployer get in", () => {
    const said = parsed(fileSystemPolicy(data)).map(({ Effect, Action }) => [Effect, Action]);
    expect(said).toEqual([
      ["Deny", "elasticfilesystem:Client*"],
      ["Deny", "elasticfilesystem:Client*"],
    ]);
  });

  it.each([
    [
      "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/openclaw:2026.9.6",
      "arn:aws:ecr:eu-west-1:123456789012:repository/team/openclaw",
    ],
    [
      "123456789012.dkr.ecr.eu-west-1.amazonaws.com/openclaw@sha256:0",
      "arn:aws:ecr:eu-west-1:123456789012:repository/openclaw",
    ],
    ["ghcr.io/openclaw/openclaw:2026.9.6", undefined],
  ])("know the repository of %s", (image, repository) => {
    expect(ecrRepository(image, "aws")).toBe(repository);
  });
});

it("costs what its parts cost", () => {
  const least = {
    cpus: 1,
    memoryMiB: 3072,
    loadBalancer: false,
    nat: true,
    publicTask: false,
    endpoints: 0,
    secrets: 1,
    alarms: 5,
    metrics: 1,
  };
  expect(monthlyCost(least)).toEqual({
    currency: "USD",
    amount: 77,
    items: { task: 39.28, nat: 36.5, secrets: 0.4, alarms: 0.5, metrics: 0.3 },
    note: "list prices of us-east-1, 2026-11; traffic, load balancer capacity, stored data, backups and logs come on top",
  });
  expect(monthlyCost({ ...least, nat: false, publicTask: true }).amount).toBe(44);
  expect(monthlyCost({ ...least, loadBalancer: true, alarms: 8 }).items["loadBalancer"]).toBe(23.73);
});

describe("commands", () => {
  const place = { stack: "prod", region: "eu-central-1", cluster: "c", service: "s", logGroup: "l" };
  const access = { ...place, port: 18_789, shell: true };

  it("are ready to paste", () => {
    expect(serviceCommands(access)).toMatchInlineSnapshot(`
      {
        "approveDevice": "sh -c 'aws --region eu-central-1 ecs execute-command --cluster c --task "$(aws --region eu-central-1 ecs list-tasks --cluster c --service-name s --desired-status RUNNING --query '\\''taskArns[0]'\\'' --output text)" --container shell --interactive --command "openclaw devices approve \${*:---latest}"' openclaw",
        "cli": "sh -c 'aws --region eu-central-1 ecs execute-command --cluster c --task "$(aws --region eu-central-1 ecs list-tasks --cluster c --service-name s --desired-status RUNNING --query '\\''taskArns[0]'\\'' --output text)" --container shell --interactive --command "openclaw $*"' openclaw",
        "logs": "aws --region eu-central-1 logs tail l --follow --since 1h",
        "open": "aws --region eu-central-1 ecs execute-command --cluster c --task "$(aws --region eu-central-1 ecs list-tasks --cluster c --service-name s --desired-status RUNNING --query 'taskArns[0]' --output text)" --container shell --interactive --command 'node -e '\\''const { stdout } = child_process.spawnSync("openclaw", ["dashboard", "--json"], { encoding: "utf8" }); const link = JSON.parse(stdout.slice(stdout.indexOf("{")) || "{}"); console.log(link.browserUrl ? link.browserUrl : "no dashboard link: " + (link.reason || "the gateway did not answer"));'\\'''",
        "restart": "aws --region eu-central-1 ecs update-service --cluster c --service s --force-new-deployment --query 'service.serviceName' --output text",
        "shell": "sh -c 'aws --region eu-central-1 ecs execute-command --cluster c --task "$(aws --region eu-central-1 ecs list-tasks --cluster c --service-name s --desired-status RUNNING --query '\\''taskArns[0]'\\'' --output text)" --container shell --interactive --command "\${*:-bash}"' openclaw",
        "status": "aws --region eu-central-1 ecs describe-services --cluster c --services s --query 'services[0].{deployments: deployments[].{status: status, rollout: rolloutState, running: runningCount, task: taskDefinition}, events: events[:5].message}' --output yaml",
        "tunnel": "task=$(aws --region eu-central-1 ecs list-tasks --cluster c --service-name s --desired-status RUNNING --query 'taskArns[0]' --output text) && aws --region eu-central-1 ssm start-session --target "ecs:c_\${task##*/}_$(aws --region eu-central-1 ecs describe-tasks --cluster c --tasks "$task" --query "tasks[0].containers[?name=='shell'].runtimeId | [0]" --output text)" --document-name AWS-StartPortForwardingSession --parameters portNumber=18789,localPortNumber=18789",
      }
    `);
  });

  it("lead a browser to the load balancer's name where there is one", () => {
    const { open } = serviceCommands({ ...access, origin: "https://openclaw.example.com" });
    expect(open).toContain('.replace(link.httpUrl, "https://openclaw.example.com/")');
    expect(open).toContain('encodeURIComponent("wss://openclaw.example.com")');
  });

  it("say how to turn ECS Exec on, where it is off, and name the profile", () => {
    const { cli, open, approveDevice, shell, tunnel, status } = serviceCommands({
      ...access,
      shell: false,
      profile: "my profile",
      pulumi: "npm run pulumi --",
    });
    const words =
      "npm run pulumi -- config set --stack prod --path openclaw:access.exec true && npm run pulumi -- up --stack prod";
    for (const command of [cli, open, approveDevice]) {
      expect(command).toBe(`echo 'ECS Exec is off; to turn it on: ${words}' >&2; false`);
    }
    expect([shell, tunnel]).toEqual([undefined, undefined]);
    expect(status).toMatch(/^aws --profile 'my profile' --region eu-central-1 ecs describe-services/);
  });
});
