/** ECS's service scheduler of the simulated AWS: what it decides, and what it makes of tasks that behave badly. */
import { expect, test } from "vitest";
import { ControlLoop } from "../clouds/aws/tasks/control-loop.ts";
import { newDeployment, type ServiceRecord } from "../clouds/aws/tasks/records.ts";
import { recordedPark, type Behaviour, type RecordedPark } from "../clouds/aws/tasks/recorded-park.ts";
import { breakerThreshold, decide, type ScheduledService, type ScheduledTask } from "../clouds/aws/tasks/scheduler.ts";
import { nextSteps, restarts, type ContainerState } from "../clouds/aws/tasks/task-plan.ts";
import { defaultTimings } from "../clouds/aws/tasks/timings.ts";
import { until } from "../support/until.ts";

const deployment = { id: "new", status: "PRIMARY", rollout: "IN_PROGRESS", failedTasks: 0, notBefore: 0 } as const;
const base: ScheduledService = {
  ...{ desired: 1, minimumHealthyPercent: 0, maximumPercent: 100, breaker: { enable: true, rollback: true } },
  ...{ deployments: [deployment], tasks: [], hasGoodDeployment: true, stoppingHoldsPlace: true, now: 1000 },
};
const task = (id: string, of: string, more: Partial<ScheduledTask> = {}): ScheduledTask => ({
  ...{ id, deployment: of, phase: "running", healthy: true },
  ...more,
});
const kinds = (service: ScheduledService): string[] =>
  decide(service).map((one) => ("task" in one ? `${one.kind} ${one.task}` : one.kind));

test("0/100 stops the old task and starts the new one when the old one is gone", () => {
  expect(kinds({ ...base, tasks: [task("a", "old")] })).toEqual(["stop a"]);
  const leaving = { ...base, tasks: [task("a", "old", { phase: "stopping", healthy: false })] };
  expect(kinds(leaving)).toEqual([]);
  expect(kinds({ ...leaving, stoppingHoldsPlace: false })).toEqual(["start"]);
  expect(kinds(base)).toEqual(["start"]);
});

test("100/200 starts the new task first, and stops the old one once the new one is healthy", () => {
  const rolling = { ...base, minimumHealthyPercent: 100, maximumPercent: 200 };
  expect(kinds({ ...rolling, tasks: [task("a", "old")] })).toEqual(["start"]);
  expect(kinds({ ...rolling, tasks: [task("a", "old"), task("b", "new", { healthy: false })] })).toEqual([]);
  expect(kinds({ ...rolling, tasks: [task("a", "old"), task("b", "new")] })).toEqual(["stop a"]);
});

test("a deployment is complete when its tasks are healthy and no others are there", () => {
  const former = { ...deployment, id: "old", status: "ACTIVE", rollout: "COMPLETED" } as const;
  const both = { ...base, deployments: [deployment, former] };
  expect(kinds({ ...both, tasks: [task("b", "new", { healthy: false })] })).toEqual(["forget"]);
  expect(kinds({ ...both, tasks: [task("b", "new")] })).toEqual(["forget", "complete"]);
  expect(kinds({ ...both, tasks: [task("a", "old", { phase: "stopping" }), task("b", "new")] })).toEqual([]);
});

test("the breaker opens after three failures, or half of the desired tasks", () => {
  expect([1, 6, 7, 25, 1000].map(breakerThreshold)).toEqual([3, 3, 4, 13, 200]);
  const failed = { ...base, deployments: [{ ...deployment, failedTasks: 3 }] };
  expect(decide(failed)).toEqual([{ kind: "fail", rollback: true }]);
  expect(decide({ ...failed, hasGoodDeployment: false })).toEqual([{ kind: "fail", rollback: false }]);
  expect(kinds({ ...failed, breaker: { enable: false, rollback: false } })).toEqual(["start"]);
  expect(kinds({ ...base, deployments: [{ ...deployment, rollout: "FAILED" }] })).toEqual([]);
  expect(kinds({ ...base, deployments: [{ ...deployment, notBefore: 1001 }] })).toEqual([]);
});

const definition = (revision: number) => ({
  taskDefinitionArn: `arn:aws:ecs:eu-west-1:1:task-definition/gw:${revision}`,
  revision,
  containerDefinitions: [{ name: "gateway", healthCheck: { command: ["CMD", "true"] } }],
});

function serviceOf(revision: number): ServiceRecord {
  const deploymentCircuitBreaker = { enable: true, rollback: true };
  const settings = {
    ...{ serviceName: "gw", taskDefinition: definition(revision).taskDefinitionArn, desiredCount: 1 },
    deploymentConfiguration: { minimumHealthyPercent: 0, maximumPercent: 100, deploymentCircuitBreaker },
  };
  return {
    ...{ arn: "arn:aws:ecs:eu-west-1:1:service/main/gw", name: "gw", region: "eu-west-1" },
    ...{ clusterArn: "arn:aws:ecs:eu-west-1:1:cluster/main", createdAt: 0, status: "ACTIVE", settings },
    deployments: [newDeployment({ definition: definition(revision), settings })],
    ...{ good: undefined, goodId: undefined, events: [], steadySaid: false, tags: new Map() },
  };
}

async function withService(
  behave: (revision: number) => Behaviour,
  work: (service: ServiceRecord, park: RecordedPark) => Promise<void>,
): Promise<void> {
  const park = recordedPark(({ definition: { revision = 0 } }) => behave(revision));
  const loop = new ControlLoop(park, { ...defaultTimings, schedulerMs: 5, retryMs: 5 });
  const service = serviceOf(1);
  loop.services.set(service.arn, service);
  try {
    await work(service, park);
  } finally {
    loop.stop();
  }
}

const deploy = (service: ServiceRecord, revision: number): void => {
  for (const each of service.deployments) each.status = "ACTIVE";
  const settings = { ...service.settings, taskDefinition: definition(revision).taskDefinitionArn };
  service.deployments = [newDeployment({ definition: definition(revision), settings }), ...service.deployments];
};
const completed = (service: ServiceRecord) =>
  until("a completed deployment", () => {
    const [primary, ...others] = service.deployments;
    return primary?.rollout === "COMPLETED" && others.length === 0 ? primary : undefined;
  });

/** Told by an event: a deployment that failed is soon forgotten. */
const rolledBack = (service: ServiceRecord) =>
  until("the rollback", () => service.events.find(({ message }) => message?.includes("rolling back")));

test("a release that never starts is rolled back, and the service is as steady as after a success", async () => {
  const broken = (revision: number): Behaviour => (revision === 2 ? { failsToStart: "CannotPullContainerError" } : {});
  await withService(broken, async (service, park) => {
    await completed(service);
    deploy(service, 2);
    await rolledBack(service);
    const primary = await completed(service);
    expect(primary.revision.definition.revision).toBe(1);
    expect(primary.rolloutReason).toBe(`ECS deployment ${primary.id} completed.`);
    expect(park.tasks.map(({ order }) => order.definition.revision)).toEqual([1, 2, 2, 2, 1]);
    expect(park.mostAtOnce()).toBe(1);
    expect(
      service.events.map(({ message = "" }) => message.replaceAll(/\d{19}|[0-9a-f]{32}/g, "#")).slice(0, 5),
    ).toEqual([
      "(service gw) has reached a steady state.",
      "(service gw) (deployment ecs-svc/#) deployment completed.",
      "(service gw) has started 1 tasks: (task #).",
      "(service gw) rolling back to deployment ecs-svc/#.",
      "(service gw) (deployment ecs-svc/#) deployment failed: tasks failed to start.",
    ]);
  });
});

test("a release whose container exits before it was healthy is rolled back; later exits only start it again", async () => {
  const exits = { afterMs: 5, code: 1 };
  const behave = (revision: number): Behaviour => (revision === 2 ? { health: "UNKNOWN", exits } : {});
  await withService(behave, async (service) => {
    await completed(service);
    deploy(service, 2);
    await rolledBack(service);
    expect((await completed(service)).revision.definition.revision).toBe(1);
  });
  await withService(
    () => ({ exits: { afterMs: 30, code: 1 } }),
    async (service, park) => {
      await until("five tasks", () => (park.tasks.length >= 5 ? true : undefined));
      expect(service.deployments.map(({ rollout, failedTasks }) => ({ rollout, failedTasks }))).toEqual([
        { rollout: "COMPLETED", failedTasks: 0 },
      ]);
    },
  );
});

test("the first release that fails stays failed: there is nothing to go back to", async () => {
  await withService(
    () => ({ health: "UNHEALTHY" }),
    async (service, park) => {
      await until("the failure", () => service.deployments.find(({ rollout }) => rollout === "FAILED"));
      const { length } = park.tasks;
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(park.tasks).toHaveLength(length);
      expect(service.deployments).toMatchObject([{ status: "PRIMARY", rollout: "FAILED", failedTasks: 3 }]);
      expect(park.tasks[0]?.running.state().stop).toEqual({
        ...{ code: "ServiceSchedulerInitiated", reason: "Task failed container health checks" },
      });
    },
  );
});

const container = (name: string, more: Partial<ContainerState> = {}): ContainerState => ({
  ...{ name, status: "PENDING", health: "UNKNOWN" },
  ...more,
});
const gone = (exitCode: number, ranMs: number) =>
  ({ status: "STOPPED", exitCode, startedAt: 0, stoppedAt: ranMs }) as const;

test("containers start in the order of what they depend on", () => {
  const after = (condition: "START" | "SUCCESS" | "COMPLETE" | "HEALTHY") => [
    { name: "init", essential: false },
    { name: "main", dependsOn: [{ containerName: "init", condition }] },
  ];
  const starts = (condition: Parameters<typeof after>[0], init: Partial<ContainerState>) =>
    nextSteps(after(condition), [container("init", init), container("main")], 1000).map((step) => step.kind);
  expect(nextSteps(after("SUCCESS"), [container("init"), container("main")], 1000)).toEqual([
    { kind: "start", container: "init" },
  ]);
  expect(starts("SUCCESS", { status: "RUNNING" })).toEqual([]);
  expect(starts("SUCCESS", gone(0, 1))).toEqual(["start"]);
  expect(starts("SUCCESS", gone(1, 1))).toEqual(["end"]);
  expect(starts("COMPLETE", gone(1, 1))).toEqual(["start"]);
  expect(starts("START", { status: "RUNNING" })).toEqual(["start"]);
  expect(starts("HEALTHY", { status: "RUNNING" })).toEqual([]);
  expect(starts("HEALTHY", { status: "RUNNING", health: "HEALTHY" })).toEqual(["start"]);
});

test("an exit is followed by a restart when the policy says so, else by the end of the task", () => {
  const restartPolicy = { enabled: true, ignoredExitCodes: [78], restartAttemptPeriod: 60 };
  const policy = { name: "main", restartPolicy };
  expect(restarts(policy, container("main", gone(1, 60_000)), 1000)).toBe(true);
  expect(restarts(policy, container("main", gone(1, 59_000)), 1000)).toBe(false);
  expect(restarts(policy, container("main", gone(78, 60_000)), 1000)).toBe(false);
  expect(restarts({ name: "main" }, container("main", gone(1, 60_000)), 1000)).toBe(false);
  expect(nextSteps([policy], [container("main", gone(78, 60_000))], 1000)).toEqual([
    { kind: "end", code: "EssentialContainerExited", reason: "Essential container in task exited" },
  ]);
});
