/** JSON whose text depends on the values alone. Pure. */

const sorted = (_key: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value;

/** Equal values give equal text, whatever the order of their keys. */
export const canonicalJson = (value: unknown): string => JSON.stringify(value, sorted);
