/** What speaks against a configuration once AWS was asked, before anything is created. Pure. */
import { stackTag } from "../names.ts";
import { stateDirectory } from "../paths.ts";
import type { Found } from "./found.ts";
import { networkObjections } from "./network-checks.ts";
import { accountObjections } from "./place-checks.ts";
import type { AwsObjection, Wanted } from "./wanted.ts";

/** Whether a name of a certificate is good for a domain: itself, or `*.` in the place of its first label. */
const covers = (name: string, domain: string): boolean =>
  name === domain || (name.startsWith("*.") && domain.slice(domain.indexOf(".") + 1) === name.slice(2));

function certificateObjections({ certificate }: Found, { access, region }: Wanted): AwsObjection[] {
  const { certificateArn, domain } = access;
  if (certificateArn === undefined || domain === undefined) return [];
  const path = ["access", "certificateArn"];
  const other = certificateArn.split(":")[3] ?? "";
  const value = `arn:aws:acm:${region}:<account>:certificate/<id>`;
  if (other !== region) {
    const allowed = `a certificate of ${region}, where the load balancer is; ACM's certificates cannot be moved`;
    return [{ path, got: `a certificate of ${other}`, allowed, value }];
  }
  if (certificate === undefined) {
    return [
      { path, got: "a certificate that is not there", allowed: `one of ACM in ${region}, in this account`, value },
    ];
  }
  if (!certificate.names.some((name) => covers(name, domain))) {
    return [{ path, got: `a certificate for ${certificate.names.join(", ")}`, allowed: `one for ${domain}`, value }];
  }
  if (certificate.status === "ISSUED") return [];
  return [{ path, got: `a certificate whose status is ${certificate.status}`, allowed: "one that is issued", value }];
}

/** A secret and its key are of one region; whether the key is there and may be used, AWS says when it is. */
function keyObjections({ secretsKeyArn, region }: Wanted): AwsObjection[] {
  const other = secretsKeyArn?.split(":")[3] ?? region;
  if (other === region) return [];
  const value = `arn:aws:kms:${region}:<account>:key/<id>`;
  return [
    {
      path: ["gateway", "kmsKeyArn"],
      got: `a key of ${other}`,
      allowed: `a key of ${region}, where the secrets are`,
      value,
    },
  ];
}

function zoneObjections({ zone }: Found, { access }: Wanted): AwsObjection[] {
  const { zoneId, domain } = access;
  if (zoneId === undefined || domain === undefined) return [];
  const objection = (got: string): AwsObjection[] => [
    {
      path: ["access", "zoneId"],
      got: `"${zoneId}", ${got}`,
      allowed: `the public hosted zone that holds ${domain} (aws route53 list-hosted-zones)`,
      value: "<zone id>",
    },
  ];
  if (zone === undefined) return objection("which is not there");
  if (domain !== zone.name && !domain.endsWith(`.${zone.name}`)) return objection(`which holds ${zone.name}`);
  return zone.isPrivate ? objection(`which is private to a network`) : [];
}

/** Another directory is another access point, and a state that is another one or none. */
function directoryObjections({ deployed }: Found, { directory }: Wanted): AwsObjection[] {
  const current = deployed?.directory;
  if (current === undefined || current === (directory ?? stateDirectory)) return [];
  const got = `"${directory ?? stateDirectory}", for a stack whose state is in ${current}`;
  const allowed = `${current}: a stack keeps its state; a new one can begin in another directory`;
  return [{ path: ["data", "path"], got, allowed, value: current }];
}

/** What a `destroy` left, whether it came to its end or not: a new file system would be an empty one. */
function leftObjections({ fileSystems, deployed }: Found, { owner, recorded }: Wanted): AwsObjection[] {
  const objection = (id: string, why: string): AwsObjection[] => [
    { path: ["data", "adopt"], got: "nothing", allowed: `${id}, to go on with it${why}`, value: id },
  ];
  const free = fileSystems.filter(({ mountTargets }) => mountTargets === 0);
  // Its mount targets and its access point go before it; the outputs, which say whose it is, go last.
  const dropped = deployed?.fileSystemId === undefined ? free.find(({ id }) => id === recorded?.id) : undefined;
  if (dropped !== undefined)
    return objection(dropped.id, "; or end the destroy that was interrupted, which left this stack's state there");
  if (recorded?.isToGo === false && !fileSystems.some(({ id }) => id === recorded.id)) {
    const got = `nothing, for a stack whose state is on ${recorded.id}, which is not there any more`;
    const allowed = "what AWS Backup restored of it; or, to begin with nothing, destroy this stack first";
    return [{ path: ["data", "adopt"], got, allowed, value: "<file system>" }];
  }
  const left = free.find(({ tags }) => tags[stackTag] === owner);
  if (deployed !== undefined || left === undefined) return [];
  const why = `, or delete it first (aws efs delete-file-system --file-system-id ${left.id}): an earlier stack of this name left its state there`;
  return objection(left.id, why);
}

function dataObjections(found: Found, wanted: Wanted): AwsObjection[] {
  const { fileSystems, deployed } = found;
  const { owner, adopt } = wanted;
  if (adopt === undefined) return leftObjections(found, wanted);
  const path = ["data", "adopt"];
  const current = deployed?.fileSystemId;
  if (current !== undefined && current !== adopt) {
    const got = `"${adopt}", for a stack whose state is on ${current}`;
    const allowed = `${current}: a stack keeps its file system; a new one can go on with ${adopt}`;
    return [{ path, got, allowed, value: current }];
  }
  const wished = fileSystems.find(({ id }) => id === adopt);
  const known = fileSystems
    .filter(({ tags }) => Object.hasOwn(tags, stackTag))
    .map(({ id, tags }) => `${id} (${tags[stackTag] ?? ""})`);
  const allowed = known.length === 0 ? "a file system of this region; none was left by a stack" : known.join(", ");
  if (wished === undefined) return [{ path, got: `"${adopt}", which is not there`, allowed, value: undefined }];
  if (wished.oneZone)
    return [{ path, got: `"${adopt}", which lies in one zone`, allowed: "a regional file system", value: undefined }];
  if (!wished.encrypted) {
    return [{ path, got: `"${adopt}", which is not encrypted`, allowed: "an encrypted file system", value: undefined }];
  }
  const isOwn = wished.tags[stackTag] === owner;
  if (wished.mountTargets === 0 || deployed !== undefined) return [];
  return [
    {
      path,
      got: `"${adopt}", which is mounted${isOwn ? "" : ` by ${wished.tags[stackTag] ?? "something else"}`}`,
      allowed: "a file system that nothing mounts: two gateways on one destroy it",
      value: undefined,
    },
  ];
}

/** Everything that speaks against the configuration; of another account, nothing else says anything. */
export function awsObjections(found: Found, wanted: Wanted): AwsObjection[] {
  const account = accountObjections(found, wanted);
  if (account.length > 0) return account;
  return [
    ...networkObjections(found, wanted),
    ...certificateObjections(found, wanted),
    ...zoneObjections(found, wanted),
    ...keyObjections(wanted),
    ...dataObjections(found, wanted),
    ...directoryObjections(found, wanted),
  ];
}
