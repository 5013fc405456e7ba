/** What the stand-in for the aws plugin refuses, fills in and takes for the same, without an engine. */
import { expect, test } from "vitest";
import { readConfiguration } from "../clouds/aws/plugin/configuration.ts";
import { check, deletesFirst, diff, inputsOf, planned } from "../clouds/aws/plugin/lifecycle.ts";
import { resourceType } from "../clouds/aws/plugin/resources.ts";
import { Secret, Unknown, type PropertyMap } from "../../toolchain/provider/properties.ts";

/** The inputs as the engine gives them, checked. */
async function checked(token: string, news: PropertyMap, olds: PropertyMap = {}) {
  const type = await resourceType(token);
  const request = { name: "gw", olds, news, seed: new Uint8Array([1]), defaultTags: { owner: "us" } };
  return { type, ...check(type, request) };
}

const policy = (statement: object) => JSON.stringify({ Version: "2012-10-17", Statement: statement });

test.each([
  ["aws:lb/loadBalancer:LoadBalancer", { name: "a".repeat(33) }, /invalid value \(a+\): only alphanumeric/],
  ["aws:lb/loadBalancer:LoadBalancer", { name: "internal-gw" }, /not beginning with a hyphen or "internal-"/],
  ["aws:ec2/subnet:Subnet", {}, /The argument "vpcId" is required, but no definition was found/],
  ["aws:ec2/subnet:Subnet", { vpcId: "vpc-1", colour: "red" }, /does not know this input/],
  ["aws:secretsmanager/secret:Secret", { recoveryWindowInDays: 3 }, /\[0\] or in the range \(7 - 30\), got 3/],
  ["aws:cloudwatch/logGroup:LogGroup", { retentionInDays: 8 }, /expected retention_in_days to be one of/],
  ["aws:efs/fileSystem:FileSystem", { throughputMode: "fast" }, /expected value to be one of .*got fast/],
  [
    "aws:secretsmanager/secretVersion:SecretVersion",
    { secretId: "s", secretString: "a", secretBinary: "Yg==" },
    /"secretString": conflicts with secretBinary/,
  ],
  [
    "aws:ec2/route:Route",
    { routeTableId: "rtb-1", destinationCidrBlock: "0.0.0.0/0" },
    /one of `egressOnlyGatewayId,.*` must be specified/,
  ],
  [
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    { securityGroupId: "sg-1", ipProtocol: "tcp", cidrIpv4: "192.0.2.0/24", referencedSecurityGroupId: "sg-2" },
    /only one of `cidrIpv4,cidrIpv6,prefixListId,referencedSecurityGroupId` can be specified/,
  ],
  [
    "aws:ecs/taskDefinition:TaskDefinition",
    { family: "gw", containerDefinitions: "{}" },
    /container_definitions is invalid: it must be a JSON list/,
  ],
  ["aws:iam/role:Role", { assumeRolePolicy: "no policy" }, /contains an invalid JSON policy/],
])("fails to accept %s with %j", async (token, news, reason) => {
  const { faults } = await checked(token, news);
  expect(faults.map(({ reason: said }) => said).join("\n")).toMatch(reason);
});

test("names are made of the resource's own and seven digits, stay, and leave room for them", async () => {
  const token = "aws:lb/loadBalancer:LoadBalancer";
  const { inputs, type, faults } = await checked(token, {});
  expect(faults).toEqual([]);
  expect(inputs["name"]).toMatch(/^gw-[0-9a-f]{7}$/);
  expect(deletesFirst(type, inputs)).toBe(false);
  expect((await checked(token, {}, inputs)).inputs["name"]).toBe(inputs["name"]);
  const named = await checked(token, { name: "mine" }, inputs);
  expect(named.inputs["name"]).toBe("mine");
  expect(deletesFirst(type, named.inputs)).toBe(true);
  const request = { olds: {}, news: {}, seed: new Uint8Array(), defaultTags: {} };
  expect(() => check(type, { ...request, name: "a".repeat(25) })).toThrow(/longer than 24 characters/);
});

test("defaults are inputs, and default tags lie under the resource's own", async () => {
  const { inputs } = await checked("aws:ec2/vpc:Vpc", { cidrBlock: "10.0.0.0/16", tags: { Name: "gw" } });
  expect(inputs).toMatchObject({ enableDnsSupport: true, instanceTenancy: "default", tags: { Name: "gw" } });
  expect(inputs["tagsAll"]).toEqual({ Name: "gw", owner: "us" });
  expect(inputs["enableDnsHostnames"]).toBeUndefined();
});

test("a preview says what is unknown, and keeps secrets", async () => {
  const type = await resourceType("aws:secretsmanager/secretVersion:SecretVersion");
  const plan = planned(type, { secretId: "s", secretString: "quiet" });
  expect(plan).toMatchObject({ secretId: "s", secretString: new Secret("quiet") });
  expect(plan["versionId"]).toBeInstanceOf(Unknown);
});

test("policies and containers are compared by meaning", async () => {
  const { type: topic } = await checked("aws:sns/topicPolicy:TopicPolicy", { arn: "a", policy: policy([]) });
  const [old, same, other] = [
    policy([{ Effect: "Allow", Action: ["a", "b"], Resource: "*", Principal: { AWS: "123456789012" } }]),
    policy({
      Resource: ["*"],
      Action: ["b", "a"],
      Effect: "Allow",
      Principal: { AWS: ["arn:aws:iam::123456789012:root"] },
    }),
    policy([{ Effect: "Allow", Action: "a", Resource: "*", Principal: { AWS: "123456789012" } }]),
  ];
  expect(diff(topic, { arn: "a", policy: old }, { arn: "a", policy: same })).toEqual([]);
  expect(diff(topic, { arn: "a", policy: old }, { arn: "a", policy: other })).toHaveLength(1);

  const task = await resourceType("aws:ecs/taskDefinition:TaskDefinition");
  const given = { family: "gw", networkMode: "awsvpc", containerDefinitions: "" };
  const containers = (container: object) => ({ ...given, containerDefinitions: JSON.stringify([container]) });
  const written = containers({ name: "gw", portMappings: [{ containerPort: 80 }], command: ["a", "b"] });
  const filled = containers({
    ...{ name: "gw", cpu: 0, essential: true, environment: [], command: ["a", "b"] },
    portMappings: [{ containerPort: 80, hostPort: 80, protocol: "tcp" }],
  });
  expect(diff(task, filled, written)).toEqual([]);
  const [change] = diff(task, filled, containers({ name: "gw", command: ["b", "a"] }));
  expect(change).toMatchObject({ root: "containerDefinitions", replaces: true });
});

test("what AWS sets and the program leaves out is no difference; what is unknown may replace", async () => {
  const { type, inputs } = await checked("aws:ec2/subnet:Subnet", { vpcId: "vpc-1", cidrBlock: "10.0.0.0/24" });
  const state = { ...inputs, availabilityZone: "eu-central-1a", arn: "arn", mapPublicIpOnLaunch: false };
  expect(diff(type, state, inputs)).toEqual([]);
  const unknownVpc = { ...inputs, vpcId: new Unknown("04da6b54-80e4-46f7-96ec-b56ff0331ba9") };
  expect(diff(type, state, unknownVpc)).toEqual([{ path: "vpcId", root: "vpcId", kind: "update", replaces: true }]);
  expect(diff(type, state, { ...inputs, mapPublicIpOnLaunch: true })).toEqual([
    { path: "mapPublicIpOnLaunch", root: "mapPublicIpOnLaunch", kind: "update", replaces: false },
  ]);
  const drifted = inputsOf(type, { ...state, mapPublicIpOnLaunch: true }, inputs);
  expect(drifted).toMatchObject({ mapPublicIpOnLaunch: true, vpcId: "vpc-1" });
});

test("the provider is configured as the published one: the engine writes JSON in texts", () => {
  const given = {
    ...{ region: "eu-north-1", accessKey: "AKIA", secretKey: new Secret("quiet"), skipCredentialsValidation: "true" },
    ...{
      endpoints: '[{"ec2":"http://127.0.0.1:1","iam":"http://127.0.0.1:2"}]',
      defaultTags: '{"tags":{"owner":"us"}}',
    },
  };
  expect(readConfiguration(given, { AWS_REGION: "eu-central-1" })).toMatchObject({
    ...{ region: "eu-north-1", accessKey: "AKIA", secretKey: "quiet", defaultTags: { owner: "us" } },
    endpoints: { ec2: "http://127.0.0.1:1", iam: "http://127.0.0.1:2" },
  });
  expect(readConfiguration({}, { AWS_REGION: "eu-central-1" }).region).toBe("eu-central-1");
  expect(() => readConfiguration({}, {})).toThrow(/missing region information/);
});
