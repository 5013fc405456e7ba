/** Gateway endpoints: the type is optional and defaults to Gateway; moto keeps none and fails when such an endpoint is deleted. */
import type * as ec2 from "@aws-sdk/client-ec2";
import { hole, type Hole } from "../account.ts";

export const endpointHoles: Hole = (account) => ({
  "ec2.CreateVpcEndpoint": hole<ec2.CreateVpcEndpointRequest>((input, _, operation) =>
    account(operation).ask("ec2", "CreateVpcEndpoint", { VpcEndpointType: "Gateway", ...input }),
  ),
});
