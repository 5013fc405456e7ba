import grpc from "@grpc/grpc-js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { checkInputs, type InputFault } from "./check.ts";
import { changesBetween, ignoring, type Change } from "./diff.ts";
import { connectEngine, operationLog } from "./engine-log.ts";
import { fitting } from "./failure.ts";
import { runLocalCommand } from "./local-command.ts";
import { trackOperations, type Operation } from "./operation.ts";
import { fromStruct, toStruct, type PropertyMap } from "./properties.ts";
import { behaviourOf } from "./resources.ts";
import {
  isResourceType,
  packageSchema,
  pluginVersion,
  resourceInputs,
  runInputs,
  runToken,
  type Inputs,
  type ResourceType,
} from "./schema.ts";

/** The engine sends and takes messages of up to 400 MB; gRPC's own limit of 4 MB is too small for a command's output. */
const largestMessage = 400 * 1024 * 1024;

/** A running provider. */
export interface ProviderServer {
  readonly port: number;
  /** Ends every running command; resolves when the last one has ended. */
  readonly cancel: () => Promise<void>;
}

/** Starts the provider on a port of its own on loopback. */
export async function serve(engineAddress: string | undefined): Promise<ProviderServer> {
  const operations = trackOperations();
  let engine = engineAddress === undefined ? undefined : connectEngine(engineAddress);
  const attach = (address: string) => {
    engine?.close();
    engine = connectEngine(address);
  };

  /** Runs what the engine asks for one resource: with a log that reaches the user and an end when the engine cancels. */
  const operate = async <T>(urn: string, work: (operation: Operation) => Promise<T>): Promise<T> => {
    const log = operationLog(engine, urn);
    using operation = operations.begin(log);
    try {
      return await work(operation);
    } finally {
      await log.flush();
    }
  };

  const server = new grpc.Server({
    "grpc.max_receive_message_length": largestMessage,
    "grpc.max_send_message_length": largestMessage,
  });
  server.addService(providerGrpc.ResourceProviderService, {
    ...configurationMethods(attach),
    ...inspectionMethods,
    create: answering((request: providerPb.CreateRequest) => operate(request.getUrn(), (op) => create(request, op))),
    update: answering((request: providerPb.UpdateRequest) => operate(request.getUrn(), (op) => update(request, op))),
    delete: answering((request: providerPb.DeleteRequest) => operate(request.getUrn(), (op) => destroy(request, op))),
    invoke: answering((request: providerPb.InvokeRequest) => operate("", (op) => invoke(request, op))),
    cancel: answering(() => {
      void operations.cancelAll();
      return new emptyPb.Empty();
    }),
  });
  return { port: await bind(server), cancel: operations.cancelAll };
}

/** How the engine and the provider agree on what they can do. */
function configurationMethods(attach: (address: string) => void) {
  return {
    handshake: answering((request: providerPb.ProviderHandshakeRequest) => {
      if (request.getEngineAddress() !== "") attach(request.getEngineAddress());
      return new providerPb.ProviderHandshakeResponse().setAcceptSecrets(true).setAcceptResources(true);
    }),
    attach: answering((request: pluginPb.PluginAttach) => {
      attach(request.getAddress());
      return new emptyPb.Empty();
    }),
    getPluginInfo: answering(() => new pluginPb.PluginInfo().setVersion(pluginVersion)),
    getSchema: answering(() => new providerPb.GetSchemaResponse().setSchema(packageSchema())),
    checkConfig: answering((request: providerPb.CheckRequest) =>
      new providerPb.CheckResponse().setInputs(request.getNews()),
    ),
    diffConfig: answering(() => diffResponse([], () => false)),
    configure: answering(() =>
      new providerPb.ConfigureResponse().setAcceptsecrets(true).setAcceptresources(true).setSupportspreview(true),
    ),
  };
}

/** What changes nothing and runs nothing. */
const inspectionMethods = {
  check: answering((request: providerPb.CheckRequest) => {
    const schema: Inputs = resourceInputs[typeOf(request.getUrn())];
    const { inputs, faults } = checkInputs(fromStruct(request.getNews()), schema);
    return new providerPb.CheckResponse().setInputs(toStruct(inputs)).setFailuresList(faults.map(checkFailure));
  }),
  diff: answering((request: providerPb.DiffRequest) => {
    const type = typeOf(request.getUrn());
    const schema: Inputs = resourceInputs[type];
    const recorded = fromStruct(request.getOldInputs() ?? request.getOlds());
    const olds = Object.fromEntries(Object.entries(recorded).filter(([name]) => Object.hasOwn(schema, name)));
    const news = ignoring(fromStruct(request.getNews()), olds, request.getIgnorechangesList());
    const { canUpdate } = behaviourOf(type);
    return diffResponse(changesBetween(olds, news), ({ root }) => !canUpdate || schema[root]?.replaces === true);
  }),
  /** There is nothing to look at on a host: what was recorded is what is there. */
  read: answering((request: providerPb.ReadRequest) =>
    new providerPb.ReadResponse()
      .setId(request.getId())
      .setProperties(request.getProperties())
      .setInputs(request.getInputs()),
  ),
};

async function create(request: providerPb.CreateRequest, operation: Operation) {
  const behaviour = behaviourOf(typeOf(request.getUrn()));
  const inputs = fromStruct(request.getProperties());
  if (request.getPreview()) {
    return new providerPb.CreateResponse().setProperties(toStruct(behaviour.previewCreate(inputs)));
  }
  const { id, outputs } = await behaviour.create(nameOf(request.getUrn()), inputs, operation);
  return new providerPb.CreateResponse().setId(id).setProperties(toStruct(outputs));
}

async function update(request: providerPb.UpdateRequest, operation: Operation) {
  const behaviour = behaviourOf(typeOf(request.getUrn()));
  const olds = fromStruct(request.getOlds());
  const news = ignoring(fromStruct(request.getNews()), olds, request.getIgnorechangesList());
  const outputs = request.getPreview()
    ? behaviour.previewUpdate(olds, news)
    : await behaviour.update(olds, news, operation);
  return new providerPb.UpdateResponse().setProperties(toStruct(outputs));
}

async function destroy(request: providerPb.DeleteRequest, operation: Operation) {
  await behaviourOf(typeOf(request.getUrn())).delete(fromStruct(request.getProperties()), operation);
  return new emptyPb.Empty();
}

async function invoke(request: providerPb.InvokeRequest, operation: Operation) {
  if (request.getTok() !== runToken) throw new Error(`there is no function ${request.getTok()}`);
  const { inputs, faults } = checkInputs(fromStruct(request.getArgs()), runInputs);
  if (faults.length > 0) return new providerPb.InvokeResponse().setFailuresList(faults.map(checkFailure));
  const outputs: PropertyMap = await runLocalCommand(inputs, "command", { stdout: "", stderr: "" }, operation);
  return new providerPb.InvokeResponse().setReturn(toStruct({ ...inputs, ...outputs }));
}

/** A gRPC method from a function: what it throws becomes the message that the user reads. */
function answering<Request, Response>(answer: (request: Request) => Response | Promise<Response>) {
  return (call: { readonly request: Request }, callback: grpc.sendUnaryData<Response>) => {
    const answered = (async () => await answer(call.request))();
    answered.then(
      (response) => {
        callback(null, response);
      },
      (error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        callback({ code: grpc.status.UNKNOWN, details: fitting(message) });
      },
    );
  };
}

function checkFailure({ property, reason }: InputFault) {
  return new providerPb.CheckFailure().setProperty(property).setReason(reason);
}

function diffResponse(changes: readonly Change[], replaces: (change: Change) => boolean) {
  const { DIFF_NONE, DIFF_SOME } = providerPb.DiffResponse.DiffChanges;
  const response = new providerPb.DiffResponse()
    .setChanges(changes.length === 0 ? DIFF_NONE : DIFF_SOME)
    .setDiffsList([...new Set(changes.map(({ root }) => root))])
    .setReplacesList([...new Set(changes.filter(replaces).map(({ root }) => root))])
    .setHasdetaileddiff(true);
  for (const change of changes) {
    const kind = diffKind(change, replaces(change));
    response.getDetaileddiffMap().set(change.path, new providerPb.PropertyDiff().setKind(kind).setInputdiff(true));
  }
  return response;
}

function diffKind({ kind }: Change, replaces: boolean): providerPb.PropertyDiff.Kind {
  const kinds = providerPb.PropertyDiff.Kind;
  switch (kind) {
    case "add":
      return replaces ? kinds.ADD_REPLACE : kinds.ADD;
    case "delete":
      return replaces ? kinds.DELETE_REPLACE : kinds.DELETE;
    case "update":
      return replaces ? kinds.UPDATE_REPLACE : kinds.UPDATE;
  }
}

/** A URN is urn:pulumi:stack::project::parentType$type::name, and the name may contain anything. */
function typeOf(urn: string): ResourceType {
  const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
  if (!isResourceType(type)) throw new Error(`there is no resource type ${type}`);
  return type;
}

function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

function bind(server: grpc.Server): Promise<number> {
  const bound = Promise.withResolvers<number>();
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error === null) bound.resolve(port);
    else bound.reject(error);
  });
  return bound.promise;
}
