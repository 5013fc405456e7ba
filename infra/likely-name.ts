/** What somebody meant who mistyped a name. Pure. */

const letters = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");

/**
 * The one name that differs in capitals or punctuation only, or that begins with what was typed, or the other way round:
 * `aws` is `aws-ecs`, `memoryMib` and `memory` are `memoryMiB`.
 *
 * @returns undefined when there is none, or more than one
 */
export function likelyName(typed: string, known: readonly string[]): string | undefined {
  const meant = letters(typed);
  const same = known.filter((name) => letters(name) === meant);
  if (same.length > 0) return same.length === 1 ? same[0] : undefined;
  if (meant.length < 3) return undefined;
  const near = known.filter((name) => letters(name).startsWith(meant) || meant.startsWith(letters(name)));
  return near.length === 1 ? near[0] : undefined;
}
