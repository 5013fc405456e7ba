import type { ElasticLoadBalancingV2 } from "@aws-sdk/client-elastic-load-balancing-v2";
import { tagState } from "../tags.ts";
import type { StateMap, Values } from "../values.ts";

/** AWS's key of an attribute, and what it holds. */
export type Attribute = readonly [key: string, kind: "text" | "number" | "flag"];

interface Pair {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** Load balancers, listeners and target groups keep settings as texts by key. */
export function attributesOf(attributes: Readonly<Record<string, Attribute>>) {
  return {
    /** What is sent; an attribute without a value is left out. */
    toAws: (inputs: Values, names: readonly string[] = Object.keys(attributes)): { Key: string; Value: string }[] =>
      names.flatMap((name) => {
        const [Key] = attributes[name] ?? [""];
        const value = inputs.text(name) ?? inputs.number(name) ?? inputs.flag(name);
        return value === undefined ? [] : [{ Key, Value: String(value) }];
      }),
    /** What is recorded of the ones that AWS tells. */
    toState: (pairs: readonly Pair[] | undefined): StateMap => {
      const values = new Map((pairs ?? []).map(({ Key, Value }) => [Key, Value]));
      const entries = Object.entries(attributes).flatMap(([name, [key, kind]]) => {
        const value = values.get(key);
        return value === undefined ? [] : [[name, parsedAs(kind, value)] as const];
      });
      return Object.fromEntries(entries);
    },
  };
}

function parsedAs(kind: Attribute[1], value: string): string | number | boolean {
  if (kind === "number") return Number(value);
  return kind === "flag" ? value === "true" : value;
}

/** elbv2/validate.go validName. */
export const nameText = [
  /^(?!-)(?!internal-)(?!.*-$)[A-Za-z\d-]{1,32}$/,
  'only alphanumeric characters and hyphens allowed, at most 32, not beginning with a hyphen or "internal-", not ending with a hyphen',
] as const;

export async function tagsOfArn(elb: ElasticLoadBalancingV2, arn: string) {
  const { TagDescriptions: [described] = [] } = await elb.describeTags({ ResourceArns: [arn] });
  return tagState(described?.Tags);
}
