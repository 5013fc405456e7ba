import { createHash, randomBytes } from "node:crypto";

/** How the bridge makes up a name that the program does not give: pulumi-terraform-bridge's AutoName. */
export interface AutoName {
  readonly property: string;
  /** The longest name. */
  readonly longest: number;
  /** Appended to every generated name. */
  readonly suffix?: string;
}

const randomLength = 7;

/** The resource's own name, a dash and seven random hexadecimal digits; the same ones for the same seed. */
export function automaticName(name: string, { longest, suffix = "" }: AutoName, seed: Uint8Array): string {
  const random = seed.length === 0 ? randomBytes(16) : createHash("sha256").update(seed).update(name).digest();
  const digits = Buffer.from(random).toString("hex").slice(0, randomLength);
  const room = longest - suffix.length - randomLength - 1;
  if (name.length > room) {
    throw new Error(
      `failed to make a name for ${name}: it is longer than ${room} characters, which leave room for the random digits`,
    );
  }
  return `${name}-${digits}${suffix}`;
}
