/** What happens to a resource of any type, from its schema's facts and its own few calls of AWS. */
import type { PlannedChange } from "../../../../toolchain/provider/diff-response.ts";
import {
  isList,
  isMap,
  reveal,
  Secret,
  Unknown,
  unknown,
  type PropertyMap,
  type PropertyValue,
} from "../../../../toolchain/provider/properties.ts";
import { checkInputs, defaultsKey, type Checked } from "./check.ts";
import { changesBetween, isUnset } from "./diff.ts";
import { UnfinishedResource } from "./failure.ts";
import { automaticName } from "./names.ts";
import type { Context, ResourceType } from "./resource.ts";
import type { Schema } from "./schema.ts";
import { compact, Values, type StateMap } from "./values.ts";

/** What the engine asks when it checks inputs. */
export interface CheckRequest {
  readonly name: string;
  readonly olds: PropertyMap;
  readonly news: PropertyMap;
  readonly seed: Uint8Array;
  readonly defaultTags: Readonly<Record<string, string>>;
}

/** Fills in the defaults, the name and all tags, and says what is wrong. */
export function check(type: ResourceType, { name, olds, news, seed, defaultTags }: CheckRequest): Checked {
  const { schema, autoName } = type;
  const given = { ...news };
  const named: string[] = [];
  if (autoName !== undefined && news[autoName.property] === undefined) {
    const recorded = isAutomatic(olds, autoName.property) ? olds[autoName.property] : undefined;
    given[autoName.property] = recorded ?? automaticName(name, autoName, seed);
    named.push(autoName.property);
  }
  if (schema["tags"] !== undefined) given["tagsAll"] = allTags(news["tags"], defaultTags);
  const { inputs, faults } = checkInputs(schema, given);
  const defaults = inputs[defaultsKey];
  const names = isList(defaults) ? [...defaults, ...named].sort() : named;
  const more = type.check?.(new Values(inputs)) ?? [];
  return {
    inputs: { ...inputs, [defaultsKey]: names },
    faults: [...faults, ...more.map((reason) => ({ property: "", reason }))],
  };
}

/** The resource's tags over the provider's default ones: pulumi-aws provider/tags.go. */
function allTags(tags: PropertyValue | undefined, defaults: Readonly<Record<string, string>>): PropertyValue {
  const own = reveal(tags) ?? {};
  return isMap(own) ? { ...defaults, ...own } : own;
}

function isAutomatic(inputs: PropertyMap, property: string): boolean {
  const defaults = inputs[defaultsKey];
  return isList(defaults) && defaults.includes(property);
}

/** What is different between the recorded state and the wanted inputs. */
export function diff(type: ResourceType, state: PropertyMap, inputs: PropertyMap): readonly PlannedChange[] {
  const found = changesBetween(type.schema, state, inputs);
  const changes = type.customize?.(found, state, inputs) ?? found;
  return type.update === undefined ? changes.map((change) => ({ ...change, replaces: true })) : changes;
}

/** Whether the old resource has to go before the new one comes: the bridge's nameRequiresDeleteBeforeReplace. */
export function deletesFirst({ deleteBeforeReplace, autoName }: ResourceType, inputs: PropertyMap): boolean {
  if (deleteBeforeReplace === true) return true;
  return autoName !== undefined && inputs[defaultsKey] !== undefined && !isAutomatic(inputs, autoName.property);
}

/** What a preview says of a resource that will be made: what AWS decides is unknown. */
export function planned({ schema }: ResourceType, inputs: PropertyMap): PropertyMap {
  return withSecrets(schema, plannedBlock(schema, inputs), inputs);
}

function plannedBlock(schema: Schema, inputs: PropertyMap): PropertyMap {
  const entries = Object.entries(schema).flatMap(([name, property]): [string, PropertyValue][] => {
    const value = inputs[name];
    if (value === undefined) return property.output === true || property.computed === true ? [[name, unknown]] : [];
    const plain = reveal(value);
    if (property.of === undefined || plain === undefined) return [[name, value]];
    const { of } = property;
    if (isMap(plain)) return [[name, plannedBlock(of, plain)]];
    if (isList(plain)) return [[name, plain.map((item) => (isMap(item) ? plannedBlock(of, item) : item))]];
    return [[name, value]];
  });
  return Object.fromEntries(entries);
}

/** What a preview says of a resource that will be updated: what AWS decided stays. */
export function plannedUpdate({ schema }: ResourceType, state: PropertyMap, inputs: PropertyMap): PropertyMap {
  const kept = Object.entries(state).filter(([name]) => {
    return schema[name]?.output === true || (schema[name]?.computed === true && inputs[name] === undefined);
  });
  return withSecrets(schema, { ...Object.fromEntries(kept), ...ofSchema(schema, inputs) }, inputs);
}

/** Makes the resource and reads it back. @throws UnfinishedResource when it was made but not finished */
export async function create(
  type: ResourceType,
  inputs: PropertyMap,
  contextOf: (made: (id: string) => void) => Context,
): Promise<{ id: string; state: PropertyMap }> {
  let made: string | undefined;
  const context = contextOf((id) => {
    made = id;
  });
  try {
    const answer = await type.create(new Values(inputs), context);
    const { id, known } = typeof answer === "string" ? { id: answer, known: {} } : answer;
    made = id;
    const state = await read(type, id, { ...inputs, ...known }, context);
    if (state === undefined) throw new Error(`couldn't find resource (${id})`);
    return { id, state: withSecrets(type.schema, state, inputs) };
  } catch (error) {
    if (made === undefined) throw error;
    throw new UnfinishedResource(made, withSecrets(type.schema, ofSchema(type.schema, inputs), inputs), error);
  }
}

/** The state of what exists: as AWS says, and what only the program knows as recorded. */
export async function read(
  type: ResourceType,
  id: string,
  recorded: PropertyMap,
  context: Context,
): Promise<PropertyMap | undefined> {
  const known = ofSchema(type.schema, recorded);
  const seen = await type.read(id, new Values(known), context);
  if (seen === undefined) return undefined;
  const said: StateMap = { ...seen, ...(type.schema["region"] !== undefined && { region: context.account.region }) };
  const kept = Object.entries(known).filter(([name]) => !Object.hasOwn(said, name));
  return withSecrets(type.schema, { ...Object.fromEntries(kept), ...compact(said) }, recorded);
}

/** The inputs that would give what exists: the recorded ones where they mean the same, else what AWS says. */
export function inputsOf({ schema }: ResourceType, state: PropertyMap, recorded: PropertyMap | undefined): PropertyMap {
  const entries = Object.entries(schema).flatMap(([name, property]): [string, PropertyValue][] => {
    const [value, input] = [state[name], recorded?.[name]];
    if (property.output === true) return [];
    const part = { [name]: property };
    if (input !== undefined && changesBetween(part, state, { [name]: input }).length === 0) return [[name, input]];
    if (value === undefined || isUnset(reveal(value))) return [];
    const taken =
      recorded === undefined ? property.required === true || property.computed !== true : input !== undefined;
    return taken || property.computed !== true ? [[name, value]] : [];
  });
  const defaults = recorded?.[defaultsKey] ?? [];
  return { ...Object.fromEntries(entries), [defaultsKey]: defaults };
}

/** What of the properties belongs to the type. */
export function ofSchema(schema: Schema, properties: PropertyMap): PropertyMap {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => schema[name] !== undefined));
}

/** Marks what the schema says is secret, and what the program gave as one. */
function withSecrets(schema: Schema, properties: PropertyMap, given: PropertyMap): PropertyMap {
  const entries = Object.entries(properties).map(([name, value]): [string, PropertyValue] => {
    const secret = schema[name]?.secret === true || holdsSecret(given[name]);
    return [name, secret && !(value instanceof Secret) ? new Secret(plain(value)) : value];
  });
  return Object.fromEntries(entries);
}

function holdsSecret(value: PropertyValue | undefined): boolean {
  if (value === undefined || value instanceof Unknown) return false;
  if (value instanceof Secret) return true;
  if (isList(value)) return value.some(holdsSecret);
  return isMap(value) && Object.values(value).some(holdsSecret);
}

/** Without secrets inside. */
function plain(value: PropertyValue): PropertyValue {
  const shown = reveal(value) ?? null;
  if (isList(shown)) return shown.map(plain);
  return isMap(shown) ? Object.fromEntries(Object.entries(shown).map(([key, item]) => [key, plain(item)])) : shown;
}
