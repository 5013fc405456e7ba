/** How the API lists things: filtered, sorted, in pages. */
import { invalidInput } from "./api-error.ts";
import { selector, type Labels } from "./labels.ts";

/** What every list can be sorted and filtered by. */
interface Listed {
  readonly id: number;
  readonly name: string;
  readonly labels?: Labels;
  readonly created?: string;
}

/** Items that a query's `name` and `label_selector` pick, in its order. */
export function pick<T extends Listed>(items: Iterable<T>, query: URLSearchParams): readonly T[] {
  const name = query.get("name");
  const labels = selectorOf(query);
  const picked = [...items].filter((item) => (name === null || item.name === name) && labels(item.labels ?? {}));
  return sort(picked, query.getAll("sort"), { id: 0, name: 0, created: 0 });
}

function selectorOf(query: URLSearchParams): (labels: Labels) => boolean {
  const text = query.get("label_selector") ?? "";
  return text === "" ? () => true : selector(text);
}

/** Sorted by `field`, `field:asc` or `field:desc`, the first one first; by id if nothing is asked for. */
export function sort<T extends object>(items: readonly T[], orders: readonly string[], fields: object): readonly T[] {
  const keys = [...orders, "id"].map((order) => {
    const [field = "", direction = "asc"] = order.split(":");
    if (!(field in fields) || !["asc", "desc"].includes(direction)) {
      throw invalidInput("invalid sort", { name: "sort", messages: [order] });
    }
    return { field: field as keyof T, factor: direction === "asc" ? 1 : -1 }; // checked on the line above
  });
  return items.toSorted((a, b) => {
    for (const { field, factor } of keys) {
      if (a[field] !== b[field]) return a[field] < b[field] ? -factor : factor;
    }
    return 0;
  });
}

function natural(query: URLSearchParams, name: string, standard: number): number {
  const text = query.get(name);
  if (text === null) return standard;
  if (!/^[1-9]\d{0,9}$/u.test(text)) throw invalidInput(`invalid ${name}`, { name, messages: [text] });
  return Number(text);
}

/** One page, 25 items if the query says nothing and 50 at most, with where it stands among the others. */
export function page<T>(key: string, items: readonly T[], query: URLSearchParams, answer: (item: T) => object): object {
  const perPage = Math.min(natural(query, "per_page", 25), 50);
  const current = natural(query, "page", 1);
  const last = Math.max(1, Math.ceil(items.length / perPage));
  return {
    [key]: items.slice((current - 1) * perPage, current * perPage).map(answer),
    meta: {
      pagination: {
        page: current,
        per_page: perPage,
        previous_page: current > 1 ? current - 1 : null,
        next_page: current < last ? current + 1 : null,
        last_page: last,
        total_entries: items.length,
      },
    },
  };
}
