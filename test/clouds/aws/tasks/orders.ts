/** What tasks are ordered with. */
import { randomBytes } from "node:crypto";
import type { TaskOrder } from "./park.ts";
import type { DeploymentRecord, ServiceRecord } from "./records.ts";

/** 32 hexadecimal digits, as ids of tasks are. */
export const newTaskId = (): string => randomBytes(16).toString("hex");

/** A task of a deployment. */
export function serviceOrder({ clusterArn, region }: ServiceRecord, { revision }: DeploymentRecord): TaskOrder {
  const { definition, settings } = revision;
  const id = newTaskId();
  return {
    ...{ id, definition, region, commands: new Map() },
    cluster: clusterArn.split("/").at(-1) ?? "",
    arn: `${clusterArn.replace(":cluster/", ":task/")}/${id}`,
    network: settings.networkConfiguration?.awsvpcConfiguration ?? { subnets: [] },
    enableExecuteCommand: settings.enableExecuteCommand ?? false,
    loadBalancers: settings.loadBalancers ?? [],
  };
}
