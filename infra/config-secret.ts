/** What of the configuration is secret. */
import * as pulumi from "@pulumi/pulumi";

/** Whether a key such as `aws:profile` was set with `--secret`. */
export function isConfigSecret(key: string): boolean {
  // Exported by the SDK but marked internal in its typings; the public API gives secretness only a key at a time and as an Output.
  return (pulumi.runtime as unknown as { isConfigSecret: (key: string) => boolean }).isConfigSecret(key);
}
