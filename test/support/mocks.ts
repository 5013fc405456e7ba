/**
 * Pulumi's runtime mocks, with what they hide: resource options, secretness, and whether components register outputs.
 * The monitor is wrapped, because `MockResourceArgs` carries no options (pulumi/pulumi#14421).
 */
import * as pulumi from "@pulumi/pulumi";

/** One registered resource. */
export interface RegisteredResource {
  readonly type: string;
  readonly name: string;
  /** Inputs with secrets unwrapped. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Names of the inputs that are secret. */
  readonly secretInputs: readonly string[];
  readonly isCustom: boolean;
  /** Type of the parent; the stack's own type for a resource that escaped its component. */
  readonly parent: string;
  readonly dependsOn: readonly string[];
  readonly protect: boolean;
  readonly ignoreChanges: readonly string[];
  readonly additionalSecretOutputs: readonly string[];
  readonly retainOnDelete: boolean;
  readonly deleteBeforeReplace: boolean;
  /** What replaces the resource when it changes; null when nothing does. */
  readonly replacementTrigger: unknown;
  /** Id of an existing thing that becomes this resource. */
  readonly importId: string;
  /** Names of the hooks that decide whether what failed is tried again. */
  readonly onError: readonly string[];
}

/** Everything that was registered since `recordResources`. */
export interface Recording {
  readonly resources: readonly RegisteredResource[];
  /** Outputs that components registered, by name of the component. */
  readonly componentOutputs: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
}

const secretSignature = "4dabf18193072939515e22adb298388d";

const isSecret = (value: unknown): value is { value: unknown } =>
  typeof value === "object" && value !== null && secretSignature in value;

const unwrap = (value: unknown): unknown => (isSecret(value) ? value.value : value);

/** The parts of the engine's requests that are read here; the SDK does not export their types. */
interface RegisterRequest {
  getType(): string;
  getName(): string;
  getObject(): { toJavaScript(): Record<string, unknown> };
  getCustom(): boolean;
  getParent(): string;
  getDependenciesList(): string[];
  getProtect(): boolean;
  getIgnorechangesList(): string[];
  getAdditionalsecretoutputsList(): string[];
  getRetainondelete(): boolean;
  getDeletebeforereplace(): boolean;
  getReplacementTrigger(): { toJavaScript(): unknown } | undefined;
  getImportid(): string;
  getHooks(): { getOnErrorList(): string[] } | undefined;
}
interface OutputsRequest {
  getUrn(): string;
  getOutputs(): { toJavaScript(): Record<string, unknown> };
}
type Call<T> = (request: T, callback: unknown) => unknown;
/** Another of its calls, whose answer is empty. */
type RegisterHook = (request: unknown, callback: (error: null, response: object) => void) => void;
interface Monitor {
  /** Missing in Pulumi's MockMonitor. */
  registerErrorHook?: RegisterHook;
  registerResource: Call<RegisterRequest>;
  registerResourceOutputs: Call<OutputsRequest>;
}

const typeOf = (urn: string): string => urn.split("::")[2]?.split("$").at(-1) ?? "";
const nameOf = (urn: string): string => urn.split("::").at(-1) ?? "";

const recorded = (request: RegisterRequest): RegisteredResource => {
  const inputs = request.getObject().toJavaScript();
  return {
    type: request.getType(),
    name: request.getName(),
    inputs: Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, unwrap(value)])),
    secretInputs: Object.keys(inputs).filter((key) => isSecret(inputs[key])),
    isCustom: request.getCustom(),
    parent: typeOf(request.getParent()),
    dependsOn: request.getDependenciesList().map(nameOf),
    protect: request.getProtect(),
    ignoreChanges: request.getIgnorechangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    retainOnDelete: request.getRetainondelete(),
    deleteBeforeReplace: request.getDeletebeforereplace(),
    replacementTrigger: request.getReplacementTrigger()?.toJavaScript() ?? null,
    importId: request.getImportid(),
    onError: request.getHooks()?.getOnErrorList() ?? [],
  };
};

/** State that a provider adds to the inputs of a resource. */
type State = Readonly<Record<string, unknown>>;

/**
 * Installs the mocks, runs a program and returns what it registered.
 *
 * @param outputs state that the provider adds to the inputs, by resource type; may depend on the resource's name
 */
export async function record(
  program: () => unknown,
  outputs: Readonly<Record<string, State | ((name: string) => State)>> = {},
): Promise<Recording> {
  const added = (type: string, name: string): State => {
    const state = outputs[type] ?? {};
    return typeof state === "function" ? state(name) : state;
  };
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => ({
        id: `${name}-id`,
        state: { ...(inputs as Record<string, unknown>), ...added(type, name) },
      }),
      call: ({ inputs }) => inputs as Record<string, unknown>,
    },
    "openclaw",
    "dev",
  );
  const resources: RegisteredResource[] = [];
  const componentOutputs = new Map<string, Readonly<Record<string, unknown>>>();
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor; // a gRPC client or, here, Pulumi's MockMonitor
  const registerResource = monitor.registerResource.bind(monitor);
  const registerResourceOutputs = monitor.registerResourceOutputs.bind(monitor);
  monitor.registerResource = (request, callback) => {
    resources.push(recorded(request));
    return registerResource(request, callback);
  };
  monitor.registerErrorHook = (_request, callback) => {
    callback(null, {});
  };
  monitor.registerResourceOutputs = (request, callback) => {
    componentOutputs.set(nameOf(request.getUrn()), request.getOutputs().toJavaScript());
    return registerResourceOutputs(request, callback);
  };
  await program();
  // Added in SDK 3.x and missing from its typings: resolves when every registration is done.
  await (pulumi.runtime as unknown as { waitForRPCs: () => Promise<void> }).waitForRPCs();
  return { resources, componentOutputs };
}
