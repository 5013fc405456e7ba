/** Labels and the selectors that pick resources by them, as Hetzner's documentation has them under "Label Selector". */
import { invalidInput } from "./api-error.ts";

export type Labels = Readonly<Record<string, string>>;

const name = String.raw`[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?`;
const key = new RegExp(String.raw`^(?:[a-z0-9.-]{1,253}/)?${name}$`, "u");
const value = new RegExp(`^(?:${name})?$`, "u");

/** @throws ApiError if a key or a value may not be used */
export function checkLabels(labels: Labels | undefined): Labels {
  for (const [each, worth] of Object.entries(labels ?? {})) {
    if (!key.test(each) || !value.test(worth)) {
      throw invalidInput("invalid label", { name: `labels.${each}`, messages: ["invalid key or value"] });
    }
  }
  return labels ?? {};
}

/** One of `k`, `!k`, `k=v`, `k==v`, `k!=v`, `k in (a,b)`, `k notin (a,b)`. */
function term(text: string): (labels: Labels) => boolean {
  const among = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/u.exec(text);
  if (among !== null) {
    const [, label = "", operator, list = ""] = among;
    const values = list.split(",").map((each) => each.trim());
    return (labels) => values.includes(labels[label] ?? "\0") === (operator === "in");
  }
  const compared = /^([^\s=!]+)\s*(==?|!=)\s*(\S*)$/u.exec(text);
  if (compared !== null) {
    const [, label = "", operator, wanted = ""] = compared;
    return (labels) => (labels[label] === wanted) === (operator !== "!=");
  }
  const present = /^(!?)([^\s=!()]+)$/u.exec(text);
  if (present === null) throw invalidInput("invalid label selector", { name: "label_selector", messages: [text] });
  const [, not, label = ""] = present;
  return (labels) => label in labels === (not === "");
}

/** The selector as a predicate. @throws ApiError if it cannot be read */
export function selector(text: string): (labels: Labels) => boolean {
  const terms = text.split(/,(?![^(]*\))/u).map((each) => term(each.trim()));
  return (labels) => terms.every((each) => each(labels));
}
