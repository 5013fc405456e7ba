/** How a kind of resource is found at AWS. */

/** Settings of AWS's clients. */
export interface AwsSettings {
  readonly region: string;
  readonly profile?: string;
}

/** Inputs of a resource, as Pulumi's state has them: resolved. */
export type Inputs = Readonly<Record<string, unknown>>;

/** Something at AWS that may be what was being made. */
export interface Candidate {
  /** As the provider calls it. */
  readonly id: string;
  /** Undefined where its kind has none. */
  readonly tags?: Readonly<Record<string, string>>;
  /** What else only the answer to the creation would have told. */
  readonly known?: Readonly<Record<string, unknown>>;
}

/** One kind of resource. */
export interface Finder {
  readonly find: (inputs: Inputs, settings: AwsSettings) => Promise<readonly Candidate[]>;
  /** Does the rest of a creation that no refresh would notice to be missing. @default - nothing is left */
  readonly finish?: (id: string, settings: AwsSettings) => Promise<unknown>;
}

interface Tag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** AWS's list of tags as an object. */
export const tagsOf = (tags: readonly Tag[] = []): Record<string, string> =>
  Object.fromEntries(tags.map(({ Key, Value }) => [Key ?? "", Value ?? ""]));

/** A text among the inputs. */
export const text = (inputs: Inputs, name: string): string => {
  const value = inputs[name];
  return typeof value === "string" ? value : "";
};

/** What is there, as candidates. */
export const candidates = <T>(
  items: readonly T[] | undefined,
  idOf: (item: T) => string | undefined,
  tags?: (item: T) => readonly Tag[] | undefined,
): Candidate[] =>
  (items ?? []).flatMap((item) => {
    const id = idOf(item);
    return id === undefined ? [] : [{ id, ...(tags === undefined ? {} : { tags: tagsOf(tags(item)) }) }];
  });
