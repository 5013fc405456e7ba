import {
  AvailabilityZoneRebalancing,
  DeploymentControllerType,
  ECS,
  LaunchType,
  PropagateTags,
  SchedulingStrategy,
} from "@aws-sdk/client-ecs";
import { doing, isCode } from "../failure.ts";
import type { Context, ResourceType } from "../resource.ts";
import { block, blockSet, flag, number, output, region, table, tags, text, textSet } from "../schema.ts";
import { minutes, retryWhile, waitUntilGone } from "../wait.ts";
import { findService, waitForService } from "./service-wait.ts";
import { changedSettings, settingsOf } from "./service-settings.ts";
import { serviceState } from "./service-state.ts";
import { ecsTags, updateEcsTags } from "./tags.ts";

const client = ({ account }: Context) => account.client("ecs", ECS);

/**
 * Source: internal/service/ecs/service.go. Placement, Service Connect, volumes at launch and traffic that shifts step by step are
 * left out. `forceNewDeployment` acts with any other change, and `triggers` only with it.
 */
export const service: ResourceType = {
  schema: {
    alarms: block({
      alarmNames: textSet({ required: true }),
      enable: flag({ required: true }),
      rollback: flag({ required: true }),
    }),
    arn: output(),
    availabilityZoneRebalancing: text({ computed: true, oneOf: Object.values(AvailabilityZoneRebalancing) }),
    cluster: text({ computed: true, forceNew: true }),
    deploymentCircuitBreaker: block(
      { enable: flag({ required: true }), rollback: flag({ required: true }) },
      { same: (old, now) => now === "" && JSON.stringify(old) === '{"enable":false,"rollback":false}' },
    ),
    deploymentController: block(
      { type: text({ default: "ECS", oneOf: Object.values(DeploymentControllerType) }) },
      { computed: true },
    ),
    deploymentMaximumPercent: number({ default: 200 }),
    deploymentMinimumHealthyPercent: number({ default: 100 }),
    desiredCount: number(),
    enableEcsManagedTags: flag({ default: false }),
    enableExecuteCommand: flag({ default: false }),
    forceDelete: flag(),
    forceNewDeployment: flag(),
    healthCheckGracePeriodSeconds: number({ range: [0, 2_147_483_647] }),
    iamRole: text({ computed: true, forceNew: true }),
    launchType: text({ computed: true, forceNew: true, oneOf: Object.values(LaunchType) }),
    loadBalancers: blockSet({
      containerName: text({ required: true }),
      containerPort: number({ required: true, range: [0, 65_536] }),
      elbName: text(),
      targetGroupArn: text(),
    }),
    name: text({ required: true, forceNew: true }),
    networkConfiguration: block({
      assignPublicIp: flag({ default: false }),
      securityGroups: textSet(),
      subnets: textSet({ required: true }),
    }),
    platformVersion: text({ computed: true }),
    propagateTags: text({ oneOf: Object.values(PropagateTags), same: (old, now) => old === "NONE" && now === "" }),
    schedulingStrategy: text({ default: "REPLICA", forceNew: true, oneOf: Object.values(SchedulingStrategy) }),
    sigintRollback: flag(),
    taskDefinition: text(),
    triggers: table({ computed: true }),
    waitForSteadyState: flag({ default: false }),
    ...region,
    ...tags,
  },
  autoName: { property: "name", longest: 255 },
  customize: (changes, state, inputs) =>
    inputs["forceNewDeployment"] === true ? changes : changes.filter(({ root }) => root !== "triggers"),
  create: async (inputs, context) => {
    const ecs = client(context);
    const name = inputs.required("name");
    const since = new Date();
    const role = inputs.text("iamRole");
    const { service: made } = await doing(`creating ECS Service (${name})`, () =>
      retryWhile(
        (error) => isCode(error, "ClusterNotFoundException") || isPassing(error),
        () =>
          ecs.createService({
            serviceName: name,
            ...settingsOf(inputs),
            desiredCount: inputs.number("desiredCount") ?? 0,
            launchType: inputs.choice("launchType", LaunchType),
            schedulingStrategy: inputs.choice("schedulingStrategy", SchedulingStrategy),
            ...(role !== undefined && { role }),
            tags: ecsTags(inputs.table("tagsAll")),
          }),
        { timeoutMs: minutes(4), signal: context.signal },
      ),
    );
    const id = made?.serviceArn ?? "";
    context.made(id);
    const steady = inputs.flag("waitForSteadyState") === true;
    await doing(`waiting for ECS Service (${id}) create`, () =>
      waitForService(id, { cluster: inputs.text("cluster"), steady, since }, context),
    );
    return id;
  },
  read: async (id, state, context) => {
    const seen = await doing(`reading ECS Service (${id})`, () => findService(id, state.text("cluster"), context));
    return seen?.status === "ACTIVE" ? serviceState(seen, state) : undefined;
  },
  update: async (id, inputs, context) => {
    const ecs = client(context);
    const cluster = inputs.text("cluster");
    if (context.changed(...Object.keys(service.schema).filter((name) => !unrelated.includes(name)))) {
      const since = new Date();
      await doing(`updating ECS Service (${id})`, () =>
        retryWhile(
          isPassing,
          () =>
            ecs.updateService({
              service: id,
              ...changedSettings(inputs, context.changed),
              forceNewDeployment: inputs.flag("forceNewDeployment") ?? false,
            }),
          { timeoutMs: minutes(4), signal: context.signal },
        ),
      );
      const steady = inputs.flag("waitForSteadyState") === true;
      await doing(`waiting for ECS Service (${id}) update`, () =>
        waitForService(id, { cluster, steady, since }, context),
      );
    }
    await updateEcsTags(ecs, id, inputs, context);
  },
  delete: async (id, state, context) => {
    const ecs = client(context);
    const cluster = state.text("cluster");
    const force = state.flag("forceDelete") ?? false;
    const time = { timeoutMs: context.timeoutMs(minutes(20)), signal: context.signal };
    const seen = await findService(id, cluster, context);
    if (seen === undefined || seen.status === "INACTIVE") return;
    if (seen.status !== "DRAINING" && !force) {
      await doing(`draining ECS Service (${id})`, () => ecs.updateService({ service: id, cluster, desiredCount: 0 }));
    }
    await doing(`deleting ECS Service (${id})`, () =>
      retryWhile(
        (error) => isCode(error, "InvalidParameterException") && error.reason.includes("while deployments are active"),
        () => ecs.deleteService({ service: id, cluster, force }),
        time,
      ),
    );
    await doing(`waiting for ECS Service (${id}) delete`, () =>
      waitUntilGone(async () => {
        const status = (await findService(id, cluster, context))?.status;
        return status === "INACTIVE" ? undefined : status;
      }, time),
    );
  },
};

/** What alone does not ask ECS to update the service. */
const unrelated = ["forceDelete", "tags", "tagsAll"];

/** IAM and load balancers take some time to be known to ECS. */
function isPassing(error: unknown): boolean {
  const reasons = [
    "verify that the ECS service role being passed has the proper permissions",
    "does not have an associated load balancer",
    "Unable to assume the service linked role",
  ];
  return isCode(error, "InvalidParameterException") && reasons.some((reason) => error.reason.includes(reason));
}
