import { spawn } from "node:child_process";
import { once } from "node:events";
import grpc from "@grpc/grpc-js";
import enginePb from "@pulumi/pulumi/proto/engine_pb.js";
import engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { fromStruct, toStruct, type PropertyMap } from "../../toolchain/provider/properties.ts";

/** A line that the provider sent to the engine. */
export interface LoggedMessage {
  readonly at: number;
  readonly urn: string;
  readonly severity: "debug" | "info" | "warning" | "error";
  readonly ephemeral: boolean;
  readonly text: string;
}

/** What the provider says about a difference, by path. */
export type DetailedDiff = Readonly<Record<string, string>>;

/** The command provider as a real process, and the engine's side of the conversation with it. */
export interface ProviderClient extends AsyncDisposable {
  readonly pid: number;
  /** Milliseconds from the start of the process to the printed port. */
  readonly startUpMs: number;
  readonly logs: readonly LoggedMessage[];
  readonly raw: providerGrpc.ResourceProviderClient;
  readonly check: (type: string, news: PropertyMap) => Promise<{ inputs: PropertyMap; failures: readonly string[] }>;
  readonly diff: (
    type: string,
    olds: PropertyMap,
    news: PropertyMap,
    ignoreChanges?: readonly string[],
  ) => Promise<{ changed: boolean; replaces: readonly string[]; detailed: DetailedDiff }>;
  readonly create: (type: string, inputs: PropertyMap, preview?: "preview") => Promise<CreatedResource>;
  readonly update: (type: string, olds: PropertyMap, news: PropertyMap, preview?: "preview") => Promise<PropertyMap>;
  readonly delete: (type: string, olds: PropertyMap) => Promise<void>;
  readonly read: (type: string, id: string, properties: PropertyMap) => Promise<PropertyMap>;
  readonly invoke: (token: string, inputs: PropertyMap) => Promise<PropertyMap>;
  readonly cancel: () => Promise<void>;
}

export interface CreatedResource {
  readonly id: string;
  readonly outputs: PropertyMap;
}

const main = new URL("../../toolchain/command-provider/main.ts", import.meta.url).pathname;
const severities = ["debug", "info", "warning", "error"] as const;
const diffKinds = ["add", "add-replace", "delete", "delete-replace", "update", "update-replace"] as const;

/** A resource's URN; the parent's type stands in it too. */
export function urnOf(type: string): string {
  return `urn:pulumi:dev::project::my:index:Parent$${type}::my-name`;
}

/** Starts the provider as the engine does. */
export async function startProvider(
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<ProviderClient> {
  const logs: LoggedMessage[] = [];
  const engine = await startEngine(logs);
  const started = performance.now();
  const child = spawn(process.execPath, [main, engine.address, "-flag"], {
    cwd: options.cwd,
    env: { ...process.env, SSH_AUTH_SOCK: "", ...options.env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(child.stdout, "data")) as [Buffer]; // a stream without an encoding emits buffers
  const startUpMs = performance.now() - started;
  const raw = new providerGrpc.ResourceProviderClient(
    `127.0.0.1:${line.toString().trim()}`,
    grpc.credentials.createInsecure(),
    { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 },
  );
  const handshake = new providerPb.ProviderHandshakeRequest().setEngineAddress(engine.address);
  await answer<unknown>((done) => raw.handshake(handshake, done));

  return {
    pid: child.pid ?? 0,
    startUpMs,
    logs,
    raw,
    check: async (type, news) => {
      const request = new providerPb.CheckRequest().setUrn(urnOf(type)).setNews(toStruct(news));
      const response = await answer<providerPb.CheckResponse>((done) => raw.check(request, done));
      const failures = response.getFailuresList().map((failure) => `${failure.getProperty()}: ${failure.getReason()}`);
      return { inputs: fromStruct(response.getInputs()), failures };
    },
    diff: async (type, olds, news, ignoreChanges = []) => {
      const request = new providerPb.DiffRequest()
        .setUrn(urnOf(type))
        .setOlds(toStruct(olds))
        .setNews(toStruct(news))
        .setIgnorechangesList([...ignoreChanges]);
      const response = await answer<providerPb.DiffResponse>((done) => raw.diff(request, done));
      const detailed = response.getDetaileddiffMap().getEntryList();
      return {
        changed: response.getChanges() === providerPb.DiffResponse.DiffChanges.DIFF_SOME,
        replaces: response.getReplacesList(),
        detailed: Object.fromEntries(
          detailed.map(([path]) => [path, diffKinds[response.getDetaileddiffMap().get(path)?.getKind() ?? 0]]),
        ),
      };
    },
    create: async (type, inputs, preview) => {
      const request = new providerPb.CreateRequest()
        .setUrn(urnOf(type))
        .setProperties(toStruct(inputs))
        .setPreview(preview !== undefined);
      const response = await answer<providerPb.CreateResponse>((done) => raw.create(request, done));
      return { id: response.getId(), outputs: fromStruct(response.getProperties()) };
    },
    update: async (type, olds, news, preview) => {
      const request = new providerPb.UpdateRequest()
        .setId("id")
        .setUrn(urnOf(type))
        .setOlds(toStruct(olds))
        .setNews(toStruct(news))
        .setPreview(preview !== undefined);
      const response = await answer<providerPb.UpdateResponse>((done) => raw.update(request, done));
      return fromStruct(response.getProperties());
    },
    delete: async (type, olds) => {
      const request = new providerPb.DeleteRequest().setId("id").setUrn(urnOf(type)).setProperties(toStruct(olds));
      await answer<unknown>((done) => raw.delete(request, done));
    },
    read: async (type, id, properties) => {
      const request = new providerPb.ReadRequest().setId(id).setUrn(urnOf(type)).setProperties(toStruct(properties));
      const response = await answer<providerPb.ReadResponse>((done) => raw.read(request, done));
      return fromStruct(response.getProperties());
    },
    invoke: async (token, inputs) => {
      const request = new providerPb.InvokeRequest().setTok(token).setArgs(toStruct(inputs));
      const response = await answer<providerPb.InvokeResponse>((done) => raw.invoke(request, done));
      return fromStruct(response.getReturn());
    },
    cancel: async () => {
      await answer<unknown>((done) => raw.cancel(new emptyPb.Empty(), done));
    },
    [Symbol.asyncDispose]: async () => {
      raw.close();
      const ended = child.exitCode === null && child.signalCode === null ? once(child, "exit") : undefined;
      child.kill();
      await ended;
      engine.stop();
    },
  };
}

/** Turns a call with a callback into a promise. */
export function answer<T>(call: (done: (error: grpc.ServiceError | null, response: T) => void) => unknown): Promise<T> {
  const answered = Promise.withResolvers<T>();
  call((error, response) => {
    if (error === null) answered.resolve(response);
    else answered.reject(error);
  });
  return answered.promise;
}

async function startEngine(logs: LoggedMessage[]): Promise<{ address: string; stop: () => void }> {
  const server = new grpc.Server();
  server.addService(engineGrpc.EngineService, {
    log: (call: { request: enginePb.LogRequest }, callback: grpc.sendUnaryData<emptyPb.Empty>) => {
      const { request } = call;
      logs.push({
        at: performance.now(),
        urn: request.getUrn(),
        severity: severities[request.getSeverity()],
        ephemeral: request.getEphemeral(),
        text: request.getMessage(),
      });
      callback(null, new emptyPb.Empty());
    },
  });
  const bound = Promise.withResolvers<number>();
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error === null) bound.resolve(port);
    else bound.reject(error);
  });
  return {
    address: `127.0.0.1:${await bound.promise}`,
    stop: () => {
      server.forceShutdown();
    },
  };
}
