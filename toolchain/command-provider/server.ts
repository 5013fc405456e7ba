import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { diffResponse, type Change } from "../provider/diff-response.ts";
import { fitting } from "../provider/message.ts";
import type { Operation } from "../provider/operation.ts";
import { fromStruct, toStruct, type PropertyMap } from "../provider/properties.ts";
import { bind, engineServer, methods, type ProviderServer } from "../provider/serve.ts";
import { startSession } from "../provider/session.ts";
import { nameOf, typeOf } from "../provider/urn.ts";
import { checkInputs, type InputFault } from "./check.ts";
import { changesBetween, ignoring } from "./diff.ts";
import { runLocalCommand } from "./local-command.ts";
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

const answering = methods((error) => ({ details: fitting(error instanceof Error ? error.message : String(error)) }));

/** Starts the provider on a port of its own on loopback. */
export async function serve(engineAddress: string | undefined): Promise<ProviderServer> {
  const { attach, operate, cancel } = startSession(engineAddress);
  const server = engineServer();
  server.addService(providerGrpc.ResourceProviderService, {
    ...configurationMethods(attach),
    ...inspectionMethods,
    create: answering((request: providerPb.CreateRequest) => operate(request.getUrn(), (op) => create(request, op))),
    update: answering((request: providerPb.UpdateRequest) => operate(request.getUrn(), (op) => update(request, op))),
    delete: answering((request: providerPb.DeleteRequest) => operate(request.getUrn(), (op) => destroy(request, op))),
    invoke: answering((request: providerPb.InvokeRequest) => operate("", (op) => invoke(request, op))),
    cancel: answering(() => {
      void cancel();
      return new emptyPb.Empty();
    }),
  });
  return { port: await bind(server), cancel };
}

/** How the engine and the provider agree on what they can do. */
function configurationMethods(attach: (address: string) => void) {
  return {
    handshake: answering((request: providerPb.ProviderHandshakeRequest) => {
      attach(request.getEngineAddress());
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
    diffConfig: answering(() => diffResponse([], "inputs")),
    configure: answering(() =>
      new providerPb.ConfigureResponse().setAcceptsecrets(true).setAcceptresources(true).setSupportspreview(true),
    ),
  };
}

/** What changes nothing and runs nothing. */
const inspectionMethods = {
  check: answering((request: providerPb.CheckRequest) => {
    const schema: Inputs = resourceInputs[resourceTypeOf(request.getUrn())];
    const { inputs, faults } = checkInputs(fromStruct(request.getNews()), schema);
    return new providerPb.CheckResponse().setInputs(toStruct(inputs)).setFailuresList(faults.map(checkFailure));
  }),
  diff: answering((request: providerPb.DiffRequest) => {
    const type = resourceTypeOf(request.getUrn());
    const schema: Inputs = resourceInputs[type];
    const recorded = fromStruct(request.getOldInputs() ?? request.getOlds());
    const olds = Object.fromEntries(Object.entries(recorded).filter(([name]) => Object.hasOwn(schema, name)));
    const news = ignoring(fromStruct(request.getNews()), olds, request.getIgnorechangesList());
    const { canUpdate } = behaviourOf(type);
    const replaces = ({ root }: Change) => !canUpdate || schema[root]?.replaces === true;
    return diffResponse(
      changesBetween(olds, news).map((change) => ({ ...change, replaces: replaces(change) })),
      "inputs",
    );
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
  const behaviour = behaviourOf(resourceTypeOf(request.getUrn()));
  const inputs = fromStruct(request.getProperties());
  if (request.getPreview()) {
    return new providerPb.CreateResponse().setProperties(toStruct(behaviour.previewCreate(inputs)));
  }
  const { id, outputs } = await behaviour.create(nameOf(request.getUrn()), inputs, operation);
  return new providerPb.CreateResponse().setId(id).setProperties(toStruct(outputs));
}

async function update(request: providerPb.UpdateRequest, operation: Operation) {
  const behaviour = behaviourOf(resourceTypeOf(request.getUrn()));
  const olds = fromStruct(request.getOlds());
  const news = ignoring(fromStruct(request.getNews()), olds, request.getIgnorechangesList());
  const outputs = request.getPreview()
    ? behaviour.previewUpdate(olds, news)
    : await behaviour.update(olds, news, operation);
  return new providerPb.UpdateResponse().setProperties(toStruct(outputs));
}

async function destroy(request: providerPb.DeleteRequest, operation: Operation) {
  await behaviourOf(resourceTypeOf(request.getUrn())).delete(fromStruct(request.getProperties()), operation);
  return new emptyPb.Empty();
}

async function invoke(request: providerPb.InvokeRequest, operation: Operation) {
  if (request.getTok() !== runToken) throw new Error(`there is no function ${request.getTok()}`);
  const { inputs, faults } = checkInputs(fromStruct(request.getArgs()), runInputs);
  if (faults.length > 0) return new providerPb.InvokeResponse().setFailuresList(faults.map(checkFailure));
  const outputs: PropertyMap = await runLocalCommand(inputs, "command", { stdout: "", stderr: "" }, operation);
  return new providerPb.InvokeResponse().setReturn(toStruct({ ...inputs, ...outputs }));
}

function checkFailure({ property, reason }: InputFault) {
  return new providerPb.CheckFailure().setProperty(property).setReason(reason);
}

function resourceTypeOf(urn: string): ResourceType {
  const type = typeOf(urn);
  if (!isResourceType(type)) throw new Error(`there is no resource type ${type}`);
  return type;
}
