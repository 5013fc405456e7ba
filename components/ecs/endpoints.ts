/** Endpoints of AWS services in a network: secrets, logs and images of ECR do not leave AWS then. They do not replace the way out. */
import { VpcEndpoint } from "@pulumi/aws/ec2/vpcEndpoint.js";
import * as pulumi from "@pulumi/pulumi";
import type { GatewayNetwork } from "./network.ts";

/** Services with an interface endpoint. */
export const endpointServices: readonly string[] = ["ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssmmessages"];

/** Arguments of {@link Endpoints}. */
export interface EndpointsArgs {
  readonly network: GatewayNetwork;
  readonly region: string;
  readonly securityGroupId: pulumi.Input<string>;
  readonly tags: (suffix: string) => Record<string, string>;
}

/** See the file's comment. */
export class Endpoints extends pulumi.ComponentResource {
  constructor(name: string, args: EndpointsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("openclaw:ecs:Endpoints", name, {}, opts);
    const child = { parent: this };
    const { network, region } = args;
    const vpcId = network.vpcId;
    for (const service of endpointServices) {
      new VpcEndpoint(
        `${name}-${service.replace(".", "-")}`,
        {
          vpcId,
          serviceName: `com.amazonaws.${region}.${service}`,
          vpcEndpointType: "Interface",
          privateDnsEnabled: true,
          subnetIds: [...network.taskSubnetIds],
          securityGroupIds: [args.securityGroupId],
          tags: args.tags(service),
        },
        child,
      );
    }
    // Layers of images in ECR lie in S3; this endpoint costs nothing.
    if (network.taskRouteTableIds.length > 0) {
      new VpcEndpoint(
        `${name}-s3`,
        {
          vpcId,
          serviceName: `com.amazonaws.${region}.s3`,
          vpcEndpointType: "Gateway",
          routeTableIds: [...network.taskRouteTableIds],
          tags: args.tags("s3"),
        },
        child,
      );
    }
    this.registerOutputs({});
  }
}
