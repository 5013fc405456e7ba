/** The stack's configuration as Pulumi delivers it. */
import * as pulumi from "@pulumi/pulumi";

/** One value; objects are JSON text. */
export interface Setting {
  readonly value: string;
  readonly isSecret: boolean;
}

/** By name, the namespace included: `openclaw:target`, `hcloud:token`. */
export type Settings = Readonly<Record<string, Setting>>;

/** All of them, whatever the namespace. */
export function stackSettings(): Settings {
  // Exported by the SDK but marked internal in its typings; the public API gives secretness only a key at a time and as an Output.
  const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret: (key: string) => boolean };
  const all = pulumi.runtime.allConfig() as Record<string, string>; // typed as { [key: string]: any }
  return Object.fromEntries(
    Object.entries(all).map(([name, value]) => [name, { value, isSecret: isConfigSecret(name) }]),
  );
}

/** Those of one namespace, by name without it. */
export const settingsOf = (all: Settings, namespace: string): Settings =>
  Object.fromEntries(
    Object.entries(all).flatMap(([name, setting]) =>
      name.startsWith(`${namespace}:`) ? [[name.slice(namespace.length + 1), setting]] : [],
    ),
  );
