/** What `destroy` keeps of a stack's data, and how its user is told of it. */
import { shellQuoted } from "../components/local/shell-quoted.ts";
import type { CommandOutputs, DataOutputs } from "../infra/outputs.ts";
import type { PulumiCli } from "./pulumi-cli.ts";

/** A vault of AWS Backup. */
interface Vault {
  readonly name: string;
  readonly region: string;
  /** Of AWS's own configuration files. @default the default one */
  readonly profile: string | undefined;
}

/** A stack's data, and what AWS Backup keeps its copies in. */
export interface KeptData extends Pick<DataOutputs, "kind" | "id" | "path" | "onDestroy"> {
  /** The command by which a new stack goes on with it, where the stack's outputs have one. */
  readonly adopt?: string | undefined;
  /** At AWS. */
  readonly vault?: Vault | undefined;
}

/** A resource of Pulumi's state, as far as it matters here. */
interface Stored {
  readonly type: string;
  readonly id?: string;
  readonly retainOnDelete?: boolean;
  /** Of a provider: what it is configured with. */
  readonly inputs?: { readonly profile?: string };
  readonly outputs?: { readonly arn?: string };
}

const kinds: Readonly<Record<string, DataOutputs["kind"]>> = {
  "hcloud:index/volume:Volume": "volume",
  "aws:efs/fileSystem:FileSystem": "file-system",
};

async function resourcesOf(pulumi: Pick<PulumiCli, "read">, stack: readonly string[]): Promise<readonly Stored[]> {
  const { deployment } = JSON.parse(await pulumi.read("stack", "export", ...stack)) as {
    deployment: { resources?: readonly Stored[] };
  }; // Pulumi's own format
  return deployment.resources ?? [];
}

/** What a stack keeps whose first `up` failed: it has no outputs yet. */
function storedData(resources: readonly Stored[]): KeptData | undefined {
  const found = resources.find(({ type }) => kinds[type] !== undefined);
  if (found?.id === undefined) return undefined;
  const onDestroy = found.retainOnDelete === true ? "retain" : "delete";
  return { kind: kinds[found.type] ?? "directory", id: found.id, path: "", onDestroy };
}

/** Undefined where there is none. */
function vaultIn(resources: readonly Stored[]): Vault | undefined {
  const { id: name, outputs } = resources.find(({ type }) => type === "aws:backup/vault:Vault") ?? {};
  const provider = resources.findLast(({ type }) => type === "pulumi:providers:aws");
  if (name === undefined) return undefined;
  return { name, region: outputs?.arn?.split(":")[3] ?? "", profile: provider?.inputs?.profile };
}

/**
 * What the stack says about its data.
 *
 * @param stack `--stack <name>`, or nothing
 * @returns undefined when it is not deployed, or there is no stack
 */
export async function keptData(
  pulumi: Pick<PulumiCli, "read">,
  stack: readonly string[],
): Promise<KeptData | undefined> {
  try {
    const outputs = await pulumi.read("stack", "output", "--json", ...stack);
    const { data, commands } = JSON.parse(outputs) as { data?: DataOutputs; commands?: CommandOutputs }; // outputs.ts is the contract
    if (data !== undefined && data.kind !== "file-system") return data;
    const resources = await resourcesOf(pulumi, stack);
    const found = data ?? storedData(resources);
    return found === undefined ? undefined : { ...found, adopt: commands?.adopt, vault: vaultIn(resources) };
  } catch {
    return undefined; // the command itself says what is wrong
  }
}

/** What was kept, and what it costs. */
function what({ kind, id, path, vault }: KeptData): string {
  if (kind === "directory") return ` in ${path}`;
  if (kind === "volume") return `: the volume ${id}, which goes on costing money`;
  if (vault === undefined) return `: the file system ${id}, which goes on costing money`;
  return `: the file system ${id}, and AWS Backup's copies of it in the vault ${vault.name}; both go on costing money`;
}

/**
 * AWS Backup deletes each copy when its days are over, by its own role where the plan's is gone; "in a small percentage of cases,
 * this might also not work": https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-iam.html
 */
function vaultAdvice({ name, region, profile }: Vault): string {
  const backup = `aws${profile === undefined ? "" : ` --profile ${shellQuoted(profile)}`} --region ${region} backup`;
  return `\n\nA new stack makes a vault of its own. The copies in this one go by themselves when their days are over; then delete it, or see what is left:\n\n  ${backup} delete-backup-vault --backup-vault-name ${name}\n  ${backup} list-recovery-points-by-backup-vault --backup-vault-name ${name}`;
}

/** What stayed behind goes on costing money, and only its id brings it back. @param stack its name, where one is known */
export const keptMessage = (data: KeptData, stack: string | undefined): string =>
  `\nThe gateway's state was kept${what(data)}. A new stack goes on with it after:\n\n  ${data.adopt ?? `npm run pulumi -- config set ${stack === undefined ? "" : `--stack ${stack} `}--path openclaw:data.adopt ${data.id}`}${data.vault === undefined ? "" : vaultAdvice(data.vault)}\n\nTo have a stack's state deleted with it: openclaw:data.onDestroy delete, up, and then destroy.`;
