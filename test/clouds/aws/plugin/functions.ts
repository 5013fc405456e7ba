import type { Account } from "./account.ts";
import type { StateMap, Values } from "./values.ts";

/** A function of the provider: reads something and changes nothing. */
export type ProviderFunction = (inputs: Values, account: Account) => Promise<StateMap>;

const functions: Readonly<Record<string, ProviderFunction>> = {
  "aws:index/getCallerIdentity:getCallerIdentity": async (_, account) => {
    const { STS } = await import("@aws-sdk/client-sts");
    const { Account: accountId, Arn: arn, UserId: userId } = await account.client("sts", STS).getCallerIdentity({});
    return { accountId, arn, userId, id: accountId };
  },
  "aws:index/getPartition:getPartition": (_, { partition }) =>
    Promise.resolve({ partition, dnsSuffix: "amazonaws.com", reverseDnsPrefix: "com.amazonaws", id: partition }),
  "aws:index/getRegion:getRegion": async (_, { region }) =>
    Promise.resolve({ name: region, region, endpoint: `ec2.${region}.amazonaws.com`, description: region, id: region }),
  "aws:index/getAvailabilityZones:getAvailabilityZones": async (_, account) => {
    const { EC2 } = await import("@aws-sdk/client-ec2");
    const { AvailabilityZones: zones = [] } = await account.client("ec2", EC2).describeAvailabilityZones({});
    const { region } = account;
    return {
      ...{ id: region, region },
      names: zones.map(({ ZoneName }) => ZoneName).sort(),
      zoneIds: zones.map(({ ZoneId }) => ZoneId).sort(),
    };
  },
  "aws:route53/getZone:getZone": async (inputs, account) => {
    const { findZone } = await import("./route53/zone.ts");
    return await findZone(inputs, account);
  },
};

/** @throws Error when the stand-in has no such function */
export function functionOf(token: string): ProviderFunction {
  const found = functions[token];
  if (found === undefined) throw new Error(`the stand-in for the aws plugin has no function ${token}`);
  return found;
}
