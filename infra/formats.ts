/** Forms of text that the configuration holds, and what exactly is wrong with a value. Pure. */
import ipaddr from "ipaddr.js";
import type { Objection } from "./config-keys.ts";

const quoted = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}…` : text);

/** An address without a zone; the library alone also takes `0x7f.1` and `fe80::1%eth0`. */
const addressOf = (text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined =>
  ipaddr.IPv4.isValidFourPartDecimal(text) || (/^[\da-f:.]*:[\da-f:.]*$/i.test(text) && ipaddr.IPv6.isValid(text))
    ? ipaddr.parse(text)
    : undefined;

/** What is wrong with a range of addresses in CIDR notation. */
export function cidrObjection(text: string): Objection | undefined {
  const [before = "", prefix, ...rest] = text.split("/");
  const address = addressOf(before);
  if (address === undefined || rest.length > 0) return {};
  const bits = address.kind() === "ipv4" ? 32 : 128;
  if (prefix === undefined) {
    return { got: `${quoted(text)}, without a prefix length`, example: `${before}/${String(bits)}` };
  }
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > bits) {
    return { got: `${quoted(text)}, whose prefix length is not from 0 to ${String(bits)}` };
  }
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()) {
    return {
      got: `${quoted(text)}, an IPv4 address written as IPv6`,
      example: `${address.toIPv4Address().toString()}/32`,
    };
  }
  const first = (bits === 32 ? ipaddr.IPv4 : ipaddr.IPv6).networkAddressFromCIDR(text).toString();
  if (first === address.toString()) return undefined;
  return { got: `${quoted(text)}, which sets bits outside its mask`, example: `${first}/${prefix}` };
}

/** Whether a range lets in so much that it is the world: all of it, or a part that nobody owns alone. */
export const isWorld = (cidr: string): boolean => {
  const prefix = Number(cidr.split("/")[1]);
  return cidr.includes(":") ? prefix < 16 : prefix < 8;
};

const keyTypes = ["ssh-ed25519", "sk-ssh-ed25519@openssh.com"];

/** The type that the key's own bytes begin with. */
const innerType = (base64: string): string => {
  const bytes = Buffer.from(base64, "base64");
  return bytes.length < 4 ? "" : bytes.subarray(4, 4 + bytes.readUInt32BE(0)).toString();
};

/** Ed25519 keys have one length; those of hardware keys end with the name of an application. */
const isWhole = (type: string, base64: string): boolean => {
  const { length } = Buffer.from(base64, "base64");
  return /^[A-Za-z0-9+/]+=*$/.test(base64) && (type === "ssh-ed25519" ? length === 51 : length >= 70);
};

/** What is wrong with one line of authorized_keys. Anything that looks like a private key is not shown. */
export function publicKeyObjection(text: string): Objection | undefined {
  if (text.includes("PRIVATE KEY")) return { got: "[hidden], a private key" };
  if (text.includes("\n")) return { got: `${String(text.trim().split("\n").length)} lines; one key is one line` };
  const [type = "", base64 = ""] = text.split(" ");
  if (/^(ssh-rsa|ssh-dss|(sk-)?ecdsa-)/.test(type)) return { got: `a key of the type ${type}` };
  if (!keyTypes.includes(type)) return {};
  if (innerType(base64) !== type || !isWhole(type, base64)) return { got: `${quoted(text)}, which is not whole` };
  return undefined;
}

const moving = /^(latest|main|slim|browser|extended-stable|stable|beta|edge|nightly|dev|master)(-.*)?$/;
const component = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const reference = new RegExp(
  `^(?<name>(?:[a-z0-9][a-z0-9.-]*(?::\\d+)?/)?${component}(?:/${component})*)(?::(?<tag>\\w[\\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$`,
);

/** The tag of an image reference, if it has one. */
export const imageTag = (text: string): string | undefined => reference.exec(text)?.groups?.["tag"];

/** What is wrong with the reference of a container image. */
export function imageObjection(text: string): Objection | undefined {
  const groups = reference.exec(text)?.groups;
  if (groups === undefined) return {};
  const { tag, digest } = groups;
  if (tag !== undefined && moving.test(tag))
    return { got: `${quoted(text)}, whose tag "${tag}" means another image every week` };
  if (tag === undefined && digest === undefined) return { got: `${quoted(text)}, without a tag: that is "latest"` };
  return undefined;
}

/** What is wrong with the address of a binary. */
export function downloadObjection(text: string): Objection | undefined {
  if (!URL.canParse(text)) return {};
  const url = new URL(text);
  if (url.protocol !== "https:") return { got: `${quoted(text)}, which is not https` };
  if (url.username !== "" || url.password !== "") return { got: "an address with a user or a password in it" };
  if (!/^[^\s"'$\\]+$/.test(text))
    return { got: `${quoted(text)}, with a character that a Dockerfile reads as another` };
  if (/\/latest(\/|$)/.test(url.pathname))
    return { got: `${quoted(text)}, which means another file after every release` };
  return undefined;
}
