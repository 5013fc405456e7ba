import { ECS, type Deployment, type Service } from "@aws-sdk/client-ecs";
import { isCode, unless } from "../failure.ts";
import type { Context } from "../resource.ts";
import { minutes, waitFor } from "../wait.ts";

const client = ({ account }: Context) => account.client("ecs", ECS);

/** The service, whatever its status. */
export async function findService(arn: string, cluster: string | undefined, context: Context) {
  const found = await unless(["ClusterNotFoundException", "ServiceNotFoundException"], () =>
    client(context).describeServices({ services: [arn], cluster, include: ["TAGS"] }),
  );
  return found?.services?.[0];
}

/** Waits for what `waitForSteadyState` says. */
export async function waitForService(
  arn: string,
  { cluster, steady, since }: { readonly cluster: string | undefined; readonly steady: boolean; readonly since: Date },
  context: Context,
): Promise<void> {
  const stateOf = steady ? steadyStateOf(arn, cluster, since, context) : ({ status = "" }: Service) => status;
  await waitFor({
    look: async () => {
      const seen = await findService(arn, cluster, context);
      return seen && { state: await stateOf(seen), value: seen };
    },
    target: steady ? ["tfSTABLE"] : ["ACTIVE"],
    pending: ["INACTIVE", "DRAINING", "tfPENDING"],
    ...{ timeoutMs: context.timeoutMs(minutes(20)), signal: context.signal },
  });
}

/**
 * When a service is steady: internal/service/ecs/service.go, statusServiceWaitForStable. Of a deployment that began after the
 * request, upstream asks AWS's record of deployments, and a rollback is an error. Where there is no such deployment, by the
 * clock of this machine, it only counts: **one deployment with all its tasks, even when that is the old one, rolled back to**
 * (terraform-provider-aws#19519, #20858). It counts here, too, where the simulated AWS keeps no record of deployments.
 */
function steadyStateOf(arn: string, cluster: string | undefined, since: Date, context: Context) {
  let primary: Deployment | undefined;
  let recorded: string | undefined;
  let keepsRecord = true;

  return async (service: Service): Promise<string> => {
    if (service.status !== "ACTIVE") return service.status ?? "";
    primary ??= service.deployments?.find(({ status }) => status === "PRIMARY");
    const isNew = (primary?.createdAt?.getTime() ?? 0) > since.getTime();
    if (isNew && keepsRecord && service.deploymentController?.type !== "CODE_DEPLOY") {
      try {
        recorded ??= await recordOf(arn, primary, cluster, since, context);
        return recorded === undefined ? "tfPENDING" : await statusOf(recorded, context);
      } catch (error) {
        if (!lacksOperation(error)) throw error;
        keepsRecord = false;
      }
    }
    const { deployments = [], desiredCount, runningCount } = service;
    return deployments.length === 1 && desiredCount === runningCount ? "tfSTABLE" : "tfPENDING";
  };
}

/** The record of the deployment whose revision bears the id of the set of tasks. */
async function recordOf(
  arn: string,
  primary: Deployment | undefined,
  cluster: string | undefined,
  after: Date,
  context: Context,
): Promise<string | undefined> {
  const id = primary?.id?.split("/")[1] ?? "";
  if (id === "") throw new Error(`invalid primary task set ID format: ${primary?.id ?? ""}`);
  const { serviceDeployments = [] } = await client(context).listServiceDeployments({
    ...{ cluster, service: arn.slice(arn.lastIndexOf("/") + 1), createdAt: { after } },
  });
  return serviceDeployments.find(({ targetServiceRevisionArn }) => targetServiceRevisionArn?.includes(id) === true)
    ?.serviceDeploymentArn;
}

async function statusOf(record: string, context: Context): Promise<string> {
  const found = await client(context).describeServiceDeployments({ serviceDeploymentArns: [record] });
  const deployment = found.serviceDeployments?.[0];
  switch (deployment?.status) {
    case "SUCCESSFUL":
      return "tfSTABLE";
    case "STOPPED":
    case "ROLLBACK_FAILED":
    case "ROLLBACK_SUCCESSFUL":
      throw new Error(deployment.statusReason ?? "Deployment failed");
    case undefined:
    case "IN_PROGRESS":
    case "PENDING":
    case "ROLLBACK_IN_PROGRESS":
    case "ROLLBACK_REQUESTED":
    case "STOP_REQUESTED":
    default:
      return "tfPENDING";
  }
}

/** Whether the simulated AWS has no such operation. */
function lacksOperation(error: unknown): boolean {
  if (isCode(error, "UnknownOperationException", "InvalidAction", "NotImplemented", "InternalFailure")) return true;
  return error instanceof Error && /StatusCode: (404|500|501)/.test(error.message);
}
