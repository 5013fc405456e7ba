/** Further hosts in a gateway's network, to try who may connect to whom: small tasks in the subnets of its task. */
import { expect } from "vitest";
import type { EcsDeployment } from "./ecs-deployment.ts";

/** See the file's comment. */
export interface NetworkHost {
  readonly address: string;
  /** Ports of another one to which a TCP connection from here comes about within three seconds. */
  readonly open: (address: string, ports: readonly number[]) => Promise<readonly number[]>;
  readonly remove: () => Promise<void>;
}

/** Image of a shell; see `ecsDeployment`. */
export const shellImage = "shell";

const stay = "trap 'exit 0' TERM; while :; do sleep 0.1; done";

/** @param groups beside one of its own, which lets everything out and nothing in */
async function startHost(
  { aws, task, world }: EcsDeployment,
  { family, groups, command }: { family: string; groups: readonly string[]; command: string },
): Promise<NetworkHost> {
  const { cluster, network } = task().order;
  const { Subnets: [subnet] = [] } = await aws.ec2.describeSubnets({ SubnetIds: network.subnets });
  const group = { GroupName: family, Description: "lets everything out", VpcId: subnet?.VpcId };
  const { GroupId = "" } = await aws.ec2.createSecurityGroup(group);
  const { taskDefinition } = await aws.ecs.registerTaskDefinition({
    ...{ family, networkMode: "awsvpc", requiresCompatibilities: ["FARGATE"], cpu: "256", memory: "512" },
    containerDefinitions: [{ name: "main", image: shellImage, command: ["sh", "-c", command] }],
  });
  const asked = { cluster, taskDefinition: taskDefinition?.taskDefinitionArn };
  const { tasks: [started] = [] } = await aws.ecs.runTask({
    ...asked,
    networkConfiguration: {
      awsvpcConfiguration: { ...network, securityGroups: [GroupId, ...groups], assignPublicIp: "ENABLED" },
    },
  });
  const running = world.tasks.tasks().find(({ order }) => order.arn === started?.taskArn)?.running;
  await expect.poll(() => running?.state().status, { timeout: 60_000 }).toBe("RUNNING");
  return {
    address: running?.state().address ?? "",
    open: async (address, ports) => {
      const tried = ports.map(async (port) => {
        const result = await running?.exec("main", ["nc", "-w", "3", address, String(port), "-e", "true"]);
        return result?.exitCode === 0 ? [port] : [];
      });
      return (await Promise.all(tried)).flat();
    },
    remove: async () => {
      await aws.ecs.stopTask({ cluster, task: started?.taskArn });
      await expect.poll(() => running?.state().status, { timeout: 60_000 }).toBe("STOPPED");
      await aws.ecs.deregisterTaskDefinition({ taskDefinition: asked.taskDefinition });
      await aws.ec2.deleteSecurityGroup({ GroupId });
    },
  };
}

/** Starts a stranger. */
export const startNeighbour = (deployment: EcsDeployment): Promise<NetworkHost> =>
  startHost(deployment, { family: "neighbour", groups: [], command: stay });

/** Starts what a mount target is in the network: something that listens on NFS's port behind these groups. */
export const startMountTarget = (deployment: EcsDeployment, groups: readonly string[]): Promise<NetworkHost> =>
  startHost(deployment, { family: "mount-target", groups, command: `nc -ll -p 2049 -e true & ${stay}` });
