/** The policy evaluation that the tests' AWS has, by the grammar of IAM's user guide. */
import { describe, expect, it } from "vitest";
import { evaluate } from "../clouds/aws/front/iam.ts";

const secret = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:openclaw/token-AbCdEf";
const policy = (...statements: readonly object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements.length === 1 ? statements[0] : statements });
const allow = (change: object): object => ({
  Effect: "Allow",
  Action: "secretsmanager:GetSecretValue",
  Resource: secret,
  ...change,
});
const request = { action: "secretsmanager:GetSecretValue", resource: secret, conditions: {} };
const said = (statement: object, change: object = {}) => evaluate([policy(statement)], { ...request, ...change });

describe("policies", () => {
  it.each([
    ["the action and the resource", {}, "allowed"],
    ["another action", { Action: "secretsmanager:DescribeSecret" }, "not mentioned"],
    ["actions in any case, with wildcards", { Action: ["s3:*", "SecretsManager:get*"] }, "allowed"],
    ["another resource", { Resource: `${secret}x` }, "not mentioned"],
    ["resources in another case", { Resource: secret.toUpperCase() }, "not mentioned"],
    ["resources with wildcards", { Resource: "arn:aws:secretsmanager:*:*:secret:openclaw/token-??????" }, "allowed"],
    [
      "wildcards that do not go beyond a colon",
      { Resource: "arn:aws:*:secret:openclaw/token-AbCdEf" },
      "not mentioned",
    ],
    ["characters of regular expressions", { Resource: secret.replace("openclaw", "op.nclaw") }, "not mentioned"],
    ["all resources", { Resource: "*" }, "allowed"],
    ["all but some actions", { Action: undefined, NotAction: "s3:*" }, "allowed"],
    ["all but this resource", { Resource: undefined, NotResource: secret }, "not mentioned"],
  ])("%s", (_, change, expected) => {
    expect(said(allow(change))).toBe(expected);
  });

  it("deny before they allow, whatever their order", () => {
    const denial = { Effect: "Deny", Action: "*", Resource: "*" };
    expect(evaluate([policy(allow({})), policy(denial)], request)).toBe("denied");
    expect(evaluate([policy(denial, allow({}))], request)).toBe("denied");
    expect(evaluate([], request)).toBe("not mentioned");
  });
});

describe("conditions", () => {
  const point = "arn:aws:elasticfilesystem:eu-central-1:1:access-point/fsap-1";
  it.each([
    ["StringEquals", { "aws:PrincipalTag/a": ["x", "b"] }, { "AWS:principaltag/a": "b" }, "allowed"],
    ["StringEquals", { "aws:PrincipalTag/a": "b" }, {}, "not mentioned"],
    ["StringEqualsIfExists", { "aws:PrincipalTag/a": "b" }, {}, "allowed"],
    ["StringNotEquals", { "aws:PrincipalTag/a": "b" }, {}, "allowed"],
    ["StringNotEquals", { "aws:PrincipalTag/a": ["b", "c"] }, { "aws:PrincipalTag/a": "c" }, "not mentioned"],
    ["StringLike", { "aws:SourceArn": "arn:*" }, { "aws:SourceArn": "arn:x" }, "allowed"],
    [
      "ArnLike",
      { "elasticfilesystem:AccessPointArn": "arn:aws:*:*:1:access-point/*" },
      { "elasticfilesystem:AccessPointArn": point },
      "allowed",
    ],
    [
      "ArnLike",
      { "elasticfilesystem:AccessPointArn": "arn:aws:*:access-point/fsap-1" },
      { "elasticfilesystem:AccessPointArn": point },
      "not mentioned",
    ],
    ["Bool", { "aws:SecureTransport": "true" }, { "aws:SecureTransport": "true" }, "allowed"],
    ["Bool", { "aws:SecureTransport": true }, { "aws:SecureTransport": "false" }, "not mentioned"],
    ["Null", { "elasticfilesystem:AccessPointArn": "true" }, {}, "allowed"],
    ["Null", { "elasticfilesystem:AccessPointArn": "false" }, {}, "not mentioned"],
  ])("%s %j of %j", (operator, keys, conditions, expected) => {
    expect(said(allow({ Condition: { [operator]: keys } }), { conditions })).toBe(expected);
  });

  it("must all hold", () => {
    const both = { Bool: { "aws:SecureTransport": "true" }, StringEquals: { "aws:PrincipalTag/a": "b" } };
    expect(said(allow({ Condition: both }), { conditions: { "aws:SecureTransport": "true" } })).toBe("not mentioned");
  });
});

describe("what is not simulated", () => {
  it.each([
    ["an operator", { Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } } }, "the condition operator IpAddress"],
    ["a variable", { Resource: "arn:aws:s3:::${aws:username}" }, "the policy variable"],
    ["an element", { Principal: "*" }, "the policy element Principal"],
  ])("is refused: %s", (_, change, message) => {
    expect(() => said(allow(change))).toThrow(message);
  });
});
