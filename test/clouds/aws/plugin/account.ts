import { refuseForDeadEngine } from "./engine-call.ts";
import { awsFailure } from "./failure.ts";

/** What the provider is configured with, as far as the stand-in knows it. */
export interface Configuration {
  readonly region: string;
  readonly accessKey: string | undefined;
  readonly secretKey: string | undefined;
  readonly sessionToken: string | undefined;
  /** By service, as in the provider's `endpoints`: `ec2`, `elbv2`, `logs` … */
  readonly endpoints: Readonly<Record<string, string>>;
  readonly defaultTags: Readonly<Record<string, string>>;
  /** The only accounts to work in; none are all. */
  readonly allowedAccountIds: readonly string[];
}

/** The SDK's settings of one client. */
export interface ClientSettings {
  region: string;
  endpoint?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  maxAttempts: number;
}

/** What the stand-in does with every client besides calling it. */
interface Wrapped {
  readonly config: { readonly serviceId?: string };
  readonly middlewareStack: { add(middleware: Middleware, options: { step: "initialize"; priority: "high" }): void };
}
type Next = (request: object) => Promise<object>;
type Middleware = (next: Next, context: { readonly commandName?: string }) => Next;

/** The AWS account behind a provider. */
export class Account {
  readonly configuration: Configuration;
  readonly #clients = new Map<unknown, unknown>();
  #id: Promise<string> | undefined;

  constructor(configuration: Configuration) {
    this.configuration = configuration;
  }

  get region(): string {
    return this.configuration.region;
  }

  readonly partition = "aws";

  /** The number of the account that the credentials belong to. */
  id(): Promise<string> {
    this.#id ??= this.#callerAccount();
    return this.#id;
  }

  /** @throws Error in upstream's words when the credentials belong to an account that is not among the allowed ones */
  async refuseOthers(): Promise<void> {
    const { allowedAccountIds } = this.configuration;
    if (allowedAccountIds.length === 0) return;
    const id = await this.id();
    if (!allowedAccountIds.includes(id)) throw new Error(`AWS account ID not allowed: ${id}`);
  }

  /** `arn:aws:<service>:<region>:<account>:<resource>` */
  async arn(service: string, resource: string): Promise<string> {
    return `arn:${this.partition}:${service}:${this.region}:${await this.id()}:${resource}`;
  }

  /** The SDK's client, made once; what it refuses is an AwsFailure. */
  client<T>(service: string, Client: new (settings: ClientSettings) => T): T {
    const made = this.#clients.get(Client);
    if (made !== undefined) return made as T; // the map holds what each class made
    const client = new Client(this.#settings(service));
    // The SDK's own types of a middleware are generic over every command; what is used of them is written above.
    const { config, middlewareStack } = client as unknown as Wrapped;
    const translating: Middleware = (next, { commandName = "" }) => {
      return async (request) => {
        refuseForDeadEngine();
        try {
          return await next(request);
        } catch (error) {
          throw awsFailure(config.serviceId ?? service, commandName.replace(/Command$/, ""), error);
        }
      };
    };
    middlewareStack.add(translating, { step: "initialize", priority: "high" });
    this.#clients.set(Client, client);
    return client;
  }

  #settings(service: string): ClientSettings {
    const { region, accessKey, secretKey, sessionToken, endpoints } = this.configuration;
    const endpoint = endpoints[service];
    const keys =
      accessKey === undefined || secretKey === undefined
        ? undefined
        : { accessKeyId: accessKey, secretAccessKey: secretKey, ...(sessionToken !== undefined && { sessionToken }) };
    // Throttled or failed requests are tried again by the SDK; upstream's maximum of 25 would only lengthen a test.
    return {
      ...{ region, maxAttempts: 3 },
      ...(endpoint !== undefined && { endpoint }),
      ...(keys !== undefined && { credentials: keys }),
    };
  }

  async #callerAccount(): Promise<string> {
    const { STS } = await import("@aws-sdk/client-sts");
    const { Account: account } = await this.client("sts", STS).getCallerIdentity({});
    return account ?? "";
  }
}
