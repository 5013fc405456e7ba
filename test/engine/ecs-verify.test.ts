/** The proof that a service runs its gateway, as Pulumi runs it, against ECS and CloudWatch as they answer on AWS. */
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { startAws } from "../clouds/aws/front/aws.ts";
import { AwsError, type Aws } from "../clouds/aws/front/handler.ts";
import type { VerifyRequest } from "../../components/ecs/verify-service/contract.ts";

const definition = (revision: number): string =>
  `arn:aws:ecs:eu-central-1:123456789012:task-definition/openclaw-prod:${String(revision)}`;

const network = { subnets: ["subnet-a", "subnet-b"], securityGroups: ["sg-1"], assignPublicIp: "DISABLED" } as const;
/** As ECS has it: in an order of its own. */
const networkConfiguration = { awsvpcConfiguration: { ...network, subnets: ["subnet-b", "subnet-a"] } };

const taskArn = (id: string): string => `arn:aws:ecs:eu-central-1:123456789012:task/c/${id.repeat(32)}`;

interface Task {
  readonly taskArn: string;
  readonly taskDefinitionArn: string;
  readonly lastStatus: string;
  readonly [more: string]: unknown;
}

/** What the account holds; tests change it. */
let deployment: Record<string, unknown> = {};
let tasks: Task[] = [];
let logs: Record<string, string[]> = {};
let asked = 0;
/** Called before each answer about the service. */
let onAsk: (times: number) => void = () => undefined;
let aws: Aws;

const running = (healthStatus: string, revision = 2): Task => ({
  taskArn: taskArn("a"),
  taskDefinitionArn: definition(revision),
  lastStatus: "RUNNING",
  createdAt: 2,
  containers: [{ name: "gateway", lastStatus: "RUNNING", healthStatus }],
});
const verifiedLine =
  "[entrypoint] release 0123456789ab is verified: OpenClaw 2026.9.6 takes the stack's token and no other";
const streamOf = (id: string): string => `openclaw/gateway/${id.repeat(32)}`;

beforeAll(async () => {
  aws = await startAws({
    handlers: {
      "ecs.DescribeServices": () => {
        asked += 1;
        onAsk(asked);
        return Promise.resolve({
          services: [
            {
              serviceName: "s",
              deployments: [deployment],
              events: [{ message: "(service s) rolling back to deployment ecs-svc/1." }],
            },
          ],
          failures: [],
        });
      },
      "ecs.ListTasks": ({ input }) => {
        const wanted = (task: Task): boolean =>
          (task.lastStatus === "STOPPED") === (input["desiredStatus"] === "STOPPED");
        return Promise.resolve({ taskArns: tasks.filter(wanted).map((task) => task.taskArn) });
      },
      "ecs.DescribeTasks": ({ input }) => {
        const wanted = input["tasks"] as string[]; // checked against the model
        return Promise.resolve({ tasks: tasks.filter((task) => wanted.includes(task.taskArn)), failures: [] });
      },
      "logs.GetLogEvents": ({ input }) => {
        const lines = logs[String(input["logStreamName"])];
        if (lines === undefined)
          throw new AwsError("ResourceNotFoundException", "The specified log stream does not exist.");
        const events = lines
          .slice(-Number(input["limit"]))
          .map((message) => ({ message, timestamp: 1, ingestionTime: 1 }));
        return Promise.resolve({ events, nextForwardToken: "f", nextBackwardToken: "b" });
      },
    },
  });
});
afterAll(() => aws.stop());
beforeEach(() => {
  deployment = {
    ...{ status: "PRIMARY", taskDefinition: definition(2), rolloutState: "COMPLETED" },
    networkConfiguration,
  };
  tasks = [running("HEALTHY")];
  logs = { [streamOf("a")]: ["one", verifiedLine] };
  asked = 0;
  onAsk = () => undefined;
});

const request: VerifyRequest = {
  region: "eu-central-1",
  ...{ cluster: "c", service: "s", taskDefinition: definition(2), release: "0123456789ab", logGroup: "l" },
  network,
};

/** @returns exit code and what was printed */
async function verify(change: Partial<VerifyRequest> = {}): Promise<string> {
  const { exitCode, all } = await execa(
    process.execPath,
    [join(import.meta.dirname, "../../components/ecs/verify-service.ts")],
    {
      input: JSON.stringify({ ...request, ...change }),
      env: {
        ...{ AWS_ENDPOINT_URL: aws.endpoint, AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "x" },
        ...{
          OPENCLAW_VERIFY_SECONDS: "3",
          OPENCLAW_VERIFY_POLL_MILLISECONDS: "100",
          OPENCLAW_VERIFY_OUTSIDE_SECONDS: "1",
          OPENCLAW_VERIFY_BACK_SECONDS: "1",
        },
      },
      ...{ reject: false, all: true },
    },
  );
  return `${String(exitCode)}: ${all}`;
}

it("is content with our task definition, completed, a healthy task, and its own word", async () => {
  expect(await verify()).toBe("0: release 0123456789ab is verified");
});

it("waits for each of them, and says for what", async () => {
  deployment["rolloutState"] = "IN_PROGRESS";
  tasks = [running("UNKNOWN")];
  logs = {};
  onAsk = (times) => {
    if (times === 3) deployment["rolloutState"] = "COMPLETED";
    if (times === 6) tasks = [running("HEALTHY")];
    if (times === 9) logs = { [streamOf("a")]: [verifiedLine] };
  };
  expect(await verify()).toBe(
    "0: waiting for the deployment\nwaiting for a healthy task\nwaiting for the gateway to take the stack's token\nrelease 0123456789ab is verified",
  );
});

it("fails when ECS went back to the task before, although the provider's own wait ended well, and tells the reason", async () => {
  deployment = { status: "PRIMARY", taskDefinition: definition(1), rolloutState: "COMPLETED" };
  tasks = [
    running("HEALTHY", 1),
    {
      taskArn: taskArn("b"),
      taskDefinitionArn: definition(2),
      lastStatus: "STOPPED",
      createdAt: 1,
      stoppedReason: "Essential container in task exited",
      containers: [
        { name: "gateway", exitCode: 78, healthStatus: "UNKNOWN" },
        { name: "shell", exitCode: 137, reason: "OutOfMemoryError: Container killed due to memory usage" },
      ],
    },
  ];
  logs[streamOf("b")] = ["[entrypoint] the state is new", "Invalid config: gateway.unknown"];
  expect(await verify()).toBe(
    `1: ECS goes back to the task before
release 0123456789ab did not become the gateway: ECS went back to the task before, ${definition(1)}, which runs again, with its state ((service s) rolling back to deployment ecs-svc/1.)
task ${"b".repeat(32)} stopped: Essential container in task exited
  container gateway: ended with 78
  container shell: ended with 137 (killed, or out of memory); OutOfMemoryError: Container killed due to memory usage
  the last lines of its log:
    [entrypoint] the state is new
    Invalid config: gateway.unknown`,
  );
});

it("fails when ECS went back to the network before, with the same task definition", async () => {
  const before = { awsvpcConfiguration: { ...network, assignPublicIp: "ENABLED" } };
  deployment = { ...deployment, networkConfiguration: before };
  expect(await verify()).toContain("release 0123456789ab did not become the gateway: ECS went back to the task before");
});

it("fails when the first deployment fails, which has nothing to go back to", async () => {
  deployment = {
    ...deployment,
    rolloutState: "FAILED",
    rolloutStateReason: "ECS deployment circuit breaker: tasks failed to start.",
  };
  tasks = [
    {
      taskArn: taskArn("b"),
      taskDefinitionArn: definition(2),
      lastStatus: "STOPPED",
      stoppedReason: "CannotPullContainerError: not found",
      containers: [],
    },
  ];
  expect(await verify()).toBe(
    `1: release 0123456789ab did not become the gateway: ECS deployment circuit breaker: tasks failed to start.
task ${"b".repeat(32)} stopped: CannotPullContainerError: not found
  it wrote no log`,
  );
});

it("does not take another release's word", async () => {
  logs = { [streamOf("a")]: [verifiedLine.replace("0123456789ab", "ffffffffffff")] };
  expect(await verify()).toContain(
    "1: waiting for the gateway to take the stack's token\nrelease 0123456789ab is not verified after 3 s: it waits for the gateway to take the stack's token",
  );
});

it("fails when no task runs", async () => {
  tasks = [];
  expect(await verify()).toBe(
    "1: waiting for a healthy task\nrelease 0123456789ab is not verified after 3 s: it waits for a healthy task\nno task of this task definition is known any more",
  );
});

it("fails from outside when nobody answers there, and never tells the token", async () => {
  const outside = { domain: "openclaw.example.com", address: "127.0.0.1", version: "2026.9.6", token: "canary" };
  const said = await verify({ outside });
  expect(said).toContain("1: https://openclaw.example.com cannot be reached through the load balancer 127.0.0.1:");
  expect(said).not.toContain("canary");
});
