/**
 * Filter patterns of CloudWatch Logs: which lines match, and what number is taken from them. Pure.
 *
 * Facts: Amazon CloudWatch Logs User Guide, "Filter pattern syntax for metric filters, subscription filters, filter log events,
 * and Live Tail" (terms are all there, in any order; those with other characters than letters, digits and _ stand in quotes;
 * `{ $.property operator value }` matches lines that are JSON objects, and `*` any value) and "Filter pattern syntax for metric
 * filters" ("Configuring metric values for a metric filter": a number, or a property that the pattern names). Simulated are
 * phrases, and one comparison of JSON.
 */
import { AwsError } from "./handler.ts";

/** @returns the values that the pattern names, by their selectors; undefined when the line does not match */
export type Matcher = (line: string) => Readonly<Record<string, string>> | undefined;

const comparison = /^\{\s*(?<selector>\$(?:\.\w+)+)\s*(?<operator>!=|>=|<=|=|>|<)\s*(?<value>"[^"]*"|[\w.*-]+)\s*\}$/;
const phrases = /^(?:\s*(?:"[^"]+"|\w+)(?=\s|$))*\s*$/;

/** @throws AwsError when it is none @throws Error when it is one that is not simulated */
export function matcher(pattern: string): Matcher {
  const text = pattern.trim();
  const { selector, operator = "", value = "" } = comparison.exec(text)?.groups ?? {};
  if (selector !== undefined) return json(selector, operator, value);
  if (phrases.test(text)) {
    const wanted = [...text.matchAll(/"([^"]+)"|(\w+)/g)].map(([, quoted, word]) => quoted ?? word ?? "");
    return (line) => (wanted.every((each) => line.includes(each)) ? {} : undefined);
  }
  if (/^\[.*\]$|^\{.*(?:&&|\|\||\bIS\b|\bEXISTS\b|%|\[).*\}$|^[?%-]/.test(text))
    throw new Error(`this pattern is not simulated: ${text}`);
  throw new AwsError("InvalidParameterException", "Invalid metric filter pattern");
}

function json(selector: string, operator: string, value: string): Matcher {
  const wanted = value.replace(/^"(.*)"$/, "$1");
  const compare = (found: unknown): boolean => {
    if (operator === "=" || operator === "!=") return isLike(String(found), wanted) === (operator === "=");
    const [left, right] = [Number(found), Number(wanted)];
    return { ">": left > right, "<": left < right, ">=": left >= right, "<=": left <= right }[operator] ?? false;
  };
  return (line) => {
    const found = select(line, selector.split(".").slice(1));
    return found !== undefined && compare(found) ? { [selector]: String(found) } : undefined;
  };
}

/** `*` stands for anything. */
const isLike = (text: string, wanted: string): boolean =>
  new RegExp(`^${wanted.replaceAll(/[^\w*]/g, String.raw`\$&`).replaceAll("*", ".*")}$`, "s").test(text);

/** A value, no object; undefined without it, and in lines that are no JSON. */
function select(line: string, path: readonly string[]): string | number | boolean | undefined {
  try {
    let at = JSON.parse(line) as unknown;
    for (const name of path) at = (at as Readonly<Record<string, unknown>> | null)?.[name]; // of what is no object, undefined
    return typeof at === "string" || typeof at === "number" || typeof at === "boolean" ? at : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What a match adds to the metric.
 *
 * @param metricValue a number, or a selector
 * @returns undefined when the line holds no number there
 */
export function numberOf(metricValue: string, values: Readonly<Record<string, string>>): number | undefined {
  const number = Number(metricValue.startsWith("$") ? values[metricValue] : metricValue);
  return Number.isFinite(number) ? number : undefined;
}
