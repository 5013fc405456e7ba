/** Every policy that the ECS target renders, judged by a linter that nobody here wrote. */
import { describe, expect, it } from "vitest";
import type { EcsGatewayArgs, HttpsAccess } from "../../components/ecs/gateway-args.ts";
import { lintPolicies } from "../clouds/aws/lint-policies.ts";
import { renderedStack, sampleKeyArn, type RenderedPolicy } from "../support/ecs-policies.ts";

const https: HttpsAccess = {
  domain: "openclaw.example.com",
  certificateArn: "arn:aws:acm:eu-central-1:123456789012:certificate/11111111-2222-3333-4444-555555555555",
  allowedCidrs: [],
  deletionProtection: true,
};
const ecr = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/openclaw:2026.9.6";
const stacks: readonly (readonly [string, Partial<Omit<EcsGatewayArgs, "network">>])[] = [
  ["a tunnel", {}],
  ["a tunnel without ECS Exec, backups", { shell: false, data: { onDestroy: "delete", backupDays: 0 } }],
  ["https", { https, shell: false }],
  ["https with ECS Exec, endpoints, more secrets", { https, endpoints: true, secrets: { API_KEY: "x" } }],
  ["a key for the secrets", { secretsKeyArn: sampleKeyArn }],
  ["an image of ECR", { image: ecr }],
];

/** A role is the resource of its trust policy, which names none; parliament wants to see it. */
const linted = ({ kind, document, statements, resource }: RenderedPolicy): string =>
  kind === "trust"
    ? JSON.stringify({
        ...JSON.parse(document),
        Statement: statements.map((each) => ({ ...each, Resource: `arn:aws:iam::123456789012:role/${resource}` })),
      })
    : document;

/** What is found, except that who may assume a role gets its credentials: a trust policy is for that. */
const issues = async (policies: readonly RenderedPolicy[]): Promise<readonly string[]> => {
  const found = await lintPolicies(policies.map(linted));
  return found.flatMap((all, index) =>
    all
      .filter(({ actions }) => policies[index]?.kind !== "trust" || actions.join("") !== "sts:assumerole")
      .map(({ issue, actions }) => [policies[index]?.resource, issue, ...actions].join(" ")),
  );
};

describe("the policies of a stack", () => {
  it("are clean", async () => {
    const rendered: RenderedPolicy[] = [];
    for (const [name, change] of stacks) {
      const { policies } = await renderedStack(change);
      // Three roles, two of them with a policy, the file system, the topic; without backups, too: copies that are left have to go.
      expect(policies, name).toHaveLength(7);
      rendered.push(...policies.map((each) => ({ ...each, resource: `${name}, ${each.resource}` })));
    }
    // Who pulls from ECR gets a password for it; what it opens is said by the statement beside.
    expect(await issues(rendered)).toEqual([
      "an image of ECR, gateway-execution CREDENTIALS_EXPOSURE ecr:getauthorizationtoken",
    ]);
  });

  it("are judged: what does not exist, does not go together, or is for everything, is found", async () => {
    const { policies } = await renderedStack();
    const role = policies.find(({ resource, kind }) => resource === "gateway-task" && kind === "role");
    if (role === undefined) throw new Error("the task has no policy");
    const faults = [
      [{ Action: "elasticfilesystem:ClientMounts" }, "UNKNOWN_ACTION"],
      [{ Resource: "*" }, "RESOURCE_STAR"],
      [{ Resource: "arn:aws:s3:::bucket" }, "RESOURCE_MISMATCH"],
      [{ Condition: { StringEquals: { "elasticfilesystem:AccessPoint": "x" } } }, "UNKNOWN_CONDITION_FOR_ACTION"],
      [{ Effect: "Alow" }, "MALFORMED"],
      [{ Action: "iam:PassRole", Resource: "*" }, "RESOURCE_STAR"],
    ] as const;
    const found = await lintPolicies(
      faults.map(([change]) => {
        const [first, ...others] = role.statements;
        return JSON.stringify({ Version: "2012-10-17", Statement: [{ ...first, ...change }, ...others] });
      }),
    );
    for (const [index, [change, expected]] of faults.entries())
      expect(
        found[index]?.map(({ issue }) => issue),
        JSON.stringify(change),
      ).toContain(expected);
  });
});

it("allow no action by a wildcard, and everything only where AWS knows no resource", async () => {
  for (const [, change] of [...stacks, ["an image of ECR", { image: ecr }] as const]) {
    const { policies, attached } = await renderedStack(change);
    const allowing = policies.flatMap(({ statements }) => statements).filter(({ Effect }) => Effect === "Allow");
    expect(allowing.flatMap(({ Action }) => Action).filter((action) => action.includes("*"))).toEqual([]);
    const everywhere = allowing.filter(({ Resource }) => [Resource].flat().includes("*")).map(({ Sid }) => Sid);
    expect(everywhere.filter((sid) => sid !== "EcsExec" && sid !== "LogInToRegistry")).toEqual([]);
    expect(allowing.filter(({ Principal }) => JSON.stringify(Principal ?? "").includes("*"))).toEqual([]);
    // The one policy that is AWS's own is for this.
    expect(attached.map(({ policyArn }) => policyArn)).toEqual([
      "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup",
    ]);
  }
});
