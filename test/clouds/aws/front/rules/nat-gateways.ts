/** NAT gateways and their addresses. Codes as EC2 answers them: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html */
import type * as ec2 from "@aws-sdk/client-ec2";
import { rule, type Account, type Rules } from "../account.ts";
import { AwsError } from "../handler.ts";

/** Those that are not deleted, by a filter of DescribeNatGateways. */
export const natGatewaysOf = async (account: Account, name: string, value: string): Promise<ec2.NatGateway[]> => {
  const Filter = [{ Name: name, Values: [value] }];
  const { NatGateways: all = [] } = await account.ask<ec2.DescribeNatGatewaysResult>("ec2", "DescribeNatGateways", {
    Filter,
  });
  return all.filter(({ State: state }) => state === "available" || state === "pending");
};

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNatGateway.html, AllocationId */
const natAddress = rule<ec2.CreateNatGatewayRequest>(({ ConnectivityType: type = "public", AllocationId: address }) => {
  if (type === "public" && address === undefined) {
    throw new AwsError("MissingParameter", "The request must contain the parameter AllocationId");
  }
});

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReleaseAddress.html */
const addressInUse = rule<ec2.ReleaseAddressRequest>(async ({ AllocationId: id }, account) => {
  if (id === undefined) return;
  const ask = { AllocationIds: [id] };
  const { Addresses: addresses = [] } = await account.ask<ec2.DescribeAddressesResult>("ec2", "DescribeAddresses", ask);
  const { NatGateways: all = [] } = await account.ask<ec2.DescribeNatGatewaysResult>("ec2", "DescribeNatGateways");
  const used = all.some(
    ({ State: state, NatGatewayAddresses: held = [] }) =>
      state !== "deleted" && held.some(({ AllocationId: holds }) => holds === id),
  );
  if (used) {
    throw new AwsError("InvalidIPAddress.InUse", `Address ${addresses[0]?.PublicIp ?? id} is in use.`);
  }
});

/** moto answers an empty list. */
const unknownNatGateway = rule<ec2.DescribeNatGatewaysRequest>(async ({ NatGatewayIds: ids = [] }, account) => {
  if (ids.length === 0) return;
  const ask = { NatGatewayIds: ids };
  const { NatGateways: found = [] } = await account.ask<ec2.DescribeNatGatewaysResult>(
    "ec2",
    "DescribeNatGateways",
    ask,
  );
  const missing = ids.find((id) => !found.some(({ NatGatewayId: known }) => known === id));
  if (missing !== undefined) throw new AwsError("NatGatewayNotFound", `The Nat Gateway ${missing} was not found`);
});

export const natGatewayRules: Rules = {
  "ec2.CreateNatGateway": [natAddress],
  "ec2.ReleaseAddress": [addressInUse],
  "ec2.DescribeNatGateways": [unknownNatGateway],
};
