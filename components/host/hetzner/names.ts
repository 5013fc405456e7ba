/** What things are called at Hetzner Cloud, and how they are labelled. Pure. */

/** Names of a stack's resources: unique in a project of Hetzner Cloud. */
export interface HetznerNames {
  /** Also the server's host name. */
  readonly server: string;
  readonly volume: string;
  readonly firewall: string;
  readonly deployKey: string;
  readonly ipv4: string;
  readonly ipv6: string;
}

const label = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");

/** The name of the key of the stack whose server has this name: it is there as long as the stack is. */
export const deployKeyName = (server: string): string => `${server}-deploy`;

/**
 * @throws Error when the names would be longer than Hetzner Cloud allows
 */
export function hetznerNames(project: string, stack: string): HetznerNames {
  const base = label(`${project}-${stack}`);
  if (base.length > 50) {
    throw new Error(
      `the name of the stack, ${stack}, makes names that are too long for Hetzner Cloud; allowed: ${String(50 - label(project).length - 1)} characters`,
    );
  }
  return {
    server: base,
    volume: `${base}-data`,
    firewall: `${base}-firewall`,
    deployKey: deployKeyName(base),
    ipv4: `${base}-ipv4`,
    ipv6: `${base}-ipv6`,
  };
}

/** The label that tells a stack's resources from others. */
export const stackLabel = "openclaw-stack";

/** The label of a server that says which `host.rebuild` it was made for. */
export const rebuildLabel = "openclaw-rebuild";

const managerLabel = "managed-by";

const manager = "pulumi-openclaw";

/** The label that everything has which this program made, as Hetzner Cloud's own command line takes it. */
export const managedLabel = `${managerLabel}=${manager}`;

/** Whether this program made it, or somebody permitted that it is taken. */
export const isManaged = (labels: Readonly<Record<string, string>>): boolean => labels[managerLabel] === manager;

/** The labels by which a stack knows its resources. */
export const ownLabels: readonly string[] = [managerLabel, stackLabel];

/** Labels of every resource; the user's own cannot replace the program's. */
export const hetznerLabels = (names: HetznerNames, tags: Readonly<Record<string, string>>): Record<string, string> => ({
  ...tags,
  [managerLabel]: manager,
  [stackLabel]: names.server,
});
