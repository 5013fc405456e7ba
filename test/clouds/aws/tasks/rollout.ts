/** How a deployment ends, and what goes back. */
import { newDeployment, say, type DeploymentRecord, type ServiceRecord } from "./records.ts";

/** Why a task stops whose deployment was superseded. */
export const scalingReason = (primary: DeploymentRecord | undefined): string =>
  primary === undefined ? "Service deleted" : `Scaling activity initiated by (deployment ${primary.id})`;

/** The deployment is what a rollback goes back to from now on. */
export function complete(service: ServiceRecord, primary: DeploymentRecord): void {
  primary.rollout = "COMPLETED";
  primary.rolloutReason = `ECS deployment ${primary.id} completed.`;
  primary.updatedAt = Date.now();
  service.good = primary.revision;
  service.goodId = primary.id;
  say(service, `(deployment ${primary.id}) deployment completed.`);
}

/** After a rollback the service is as steady as after a success: only its PRIMARY deployment tells which it was. */
export function fail(service: ServiceRecord, primary: DeploymentRecord, rollback: boolean): void {
  primary.rollout = "FAILED";
  primary.rolloutReason = "ECS deployment circuit breaker: tasks failed to start.";
  primary.updatedAt = Date.now();
  say(service, `(deployment ${primary.id}) deployment failed: tasks failed to start.`);
  const { good, goodId = "" } = service;
  if (!rollback || good === undefined) return;
  primary.status = "ACTIVE";
  const back = newDeployment(good, `ECS deployment circuit breaker: rolling back to deploymentId ${goodId}.`);
  service.deployments = [back, ...service.deployments];
  service.settings = { ...good.settings, desiredCount: service.settings.desiredCount };
  say(service, `rolling back to deployment ${goodId}.`);
}
