/** Faults of what AWS's provider is told, the keys `aws:…`. Pure. */
import { shellQuoted } from "../../../components/local/shell-quoted.ts";
import { shown, type Fault } from "../../config-faults.ts";
import { engineKeys } from "../../engine-keys.ts";
import { likelyName } from "../../likely-name.ts";
import type { RawConfig } from "../../parse-config.ts";

/** Settings that the preflight and the verification cannot share. */
const unshared = [
  ...["accessKey", "secretKey", "token", "assumeRoles", "assumeRoleWithWebIdentity", "endpoints"],
  "sharedCredentialsFiles",
] as const;

/** What the provider knows: https://www.pulumi.com/registry/packages/aws/installation-configuration/ */
export const providerKeys: readonly string[] = [
  ...unshared,
  ...["allowedAccountIds", "customCaBundle", "defaultTags", "ec2MetadataServiceEndpoint"],
  ...["ec2MetadataServiceEndpointMode", "forbiddenAccountIds", "httpProxy", "httpsProxy", "ignoreTags", "insecure"],
  ...["maxRetries", "noProxy", "profile", "region", "retryMode", "s3UsEast1RegionalEndpoint", "s3UsePathStyle"],
  ...["sharedConfigFiles", "skipCredentialsValidation", "skipMetadataApiCheck", "skipRegionValidation"],
  ...["skipRequestingAccountId", "stsRegion", "tagPolicyCompliance", "tokenBucketRateLimiterCapacity"],
  ...["useDualstackEndpoint", "useFipsEndpoint", "userAgents"],
];

/** Those that people set by hand; the others follow from where they work. */
const usual = ["region", "profile", "allowedAccountIds", "forbiddenAccountIds", "defaultTags"];

/** The provider ignores what it does not know: with a mistyped profile, whatever account the shell is logged in to is used. */
function unknownFaults(providers: RawConfig["providers"]): Fault[] {
  const own = Object.entries(providers).filter(([name]) => name.startsWith("aws:"));
  return own.flatMap(([name, { value, isSecret }]): Fault[] => {
    const key = name.slice("aws:".length);
    if (providerKeys.includes(key) || engineKeys.includes(key)) return [];
    const meant = likelyName(key, providerKeys);
    const set = meant === undefined || isSecret ? "" : ` && pulumi config set aws:${meant} ${shellQuoted(value)}`;
    return [
      {
        ...{ path: [], name },
        got: `an unknown key, ${shown(value, isSecret)}`,
        allowed: `the keys ${usual.join(", ")}, and what else Pulumi's provider of AWS has`,
        type: `pulumi config rm ${shellQuoted(name)}${set}`,
      },
    ];
  });
}

/** The region that is meant; empty when nobody says one. @param configured `aws:region` */
export const regionOf = (
  configured: string | undefined,
  variables: Readonly<Record<string, string | undefined>>,
): string => configured ?? variables["AWS_REGION"] ?? variables["AWS_DEFAULT_REGION"] ?? "";

/** What is wrong with what the provider is told. */
export function providerFaults({ providers, variables }: Pick<RawConfig, "providers" | "variables">): Fault[] {
  const region = regionOf(providers["aws:region"]?.value, variables);
  const faults = unknownFaults(providers);
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) {
    faults.push({
      path: [],
      name: "aws:region",
      got: region === "" ? "nothing" : shown(region, false),
      allowed: "a region of AWS, or the variable AWS_REGION",
      type: "pulumi config set aws:region eu-central-1",
    });
  }
  for (const name of unshared) {
    if (providers[`aws:${name}`] === undefined) continue;
    faults.push({
      path: [],
      name: `aws:${name}`,
      got: "[hidden]",
      allowed:
        "nothing here: AWS is also asked without Pulumi. Use AWS's own settings (aws:profile, AWS_PROFILE, AWS_* variables, single sign-on)",
      type: `pulumi config rm aws:${name}`,
    });
  }
  return faults;
}
