import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { ignoring } from "../../../../toolchain/command-provider/diff.ts";
import { diffResponse } from "../../../../toolchain/provider/diff-response.ts";
import type { Operation } from "../../../../toolchain/provider/operation.ts";
import { fromStruct, toStruct } from "../../../../toolchain/provider/properties.ts";
import { bind, engineServer, type ProviderServer } from "../../../../toolchain/provider/serve.ts";
import { startSession } from "../../../../toolchain/provider/session.ts";
import { nameOf, typeOf } from "../../../../toolchain/provider/urn.ts";
import { Account } from "./account.ts";
import { answering, packageSchema, pluginVersion } from "./messages.ts";
import { readConfiguration } from "./configuration.ts";
import { functionOf } from "./functions.ts";
import { check, create, deletesFirst, diff, inputsOf, planned, plannedUpdate, read } from "./lifecycle.ts";
import type { Context } from "./resource.ts";
import { resourceType } from "./resources.ts";
import { compact, Values } from "./values.ts";

/** Starts the provider on a port of its own on loopback. */
export async function serve(engineAddress: string | undefined): Promise<ProviderServer> {
  const { attach, operate, cancel } = startSession(engineAddress);
  let account: Account | undefined;
  const configured = (): Account => {
    if (account === undefined) throw new Error("the provider is not configured");
    return account;
  };

  const contextOf =
    ({ log, signal }: Operation, timeoutSeconds: number) =>
    (made: (id: string) => void = () => undefined): Context => ({
      ...{ account: configured(), signal, made },
      timeoutMs: (standard) => (timeoutSeconds > 0 ? timeoutSeconds * 1000 : standard),
      warn: (message) => {
        log.diagnose("warning", message);
      },
    });

  const server = engineServer();
  server.addService(providerGrpc.ResourceProviderService, {
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
    diffConfig: answering(() => diffResponse([], "state")),
    configure: answering(async (request: providerPb.ConfigureRequest) => {
      const wanted = new Account(readConfiguration(fromStruct(request.getArgs()), process.env));
      await wanted.refuseOthers();
      account = wanted;
      return new providerPb.ConfigureResponse()
        .setAcceptsecrets(true)
        .setAcceptresources(true)
        .setSupportspreview(true);
    }),
    check: answering(async (request: providerPb.CheckRequest) => {
      const type = await resourceType(typeOf(request.getUrn()));
      const { inputs, faults } = check(type, {
        name: nameOf(request.getUrn()),
        olds: fromStruct(request.getOlds()),
        news: fromStruct(request.getNews()),
        seed: request.getRandomseed_asU8(),
        defaultTags: account?.configuration.defaultTags ?? {},
      });
      const failures = faults.map(({ property, reason }) =>
        new providerPb.CheckFailure().setProperty(property).setReason(reason),
      );
      return new providerPb.CheckResponse().setInputs(toStruct(inputs)).setFailuresList(failures);
    }),
    diff: answering(async (request: providerPb.DiffRequest) => {
      const type = await resourceType(typeOf(request.getUrn()));
      const state = fromStruct(request.getOlds());
      const inputs = ignoring(fromStruct(request.getNews()), state, request.getIgnorechangesList());
      const changes = diff(type, state, inputs);
      const replacing = changes.some(({ replaces }) => replaces);
      return diffResponse(changes, "state").setDeletebeforereplace(replacing && deletesFirst(type, inputs));
    }),
    create: answering((request: providerPb.CreateRequest) =>
      operate(request.getUrn(), async (operation) => {
        const type = await resourceType(typeOf(request.getUrn()));
        const inputs = fromStruct(request.getProperties());
        if (request.getPreview()) return new providerPb.CreateResponse().setProperties(toStruct(planned(type, inputs)));
        const { id, state } = await create(type, inputs, contextOf(operation, request.getTimeout()));
        return new providerPb.CreateResponse().setId(id).setProperties(toStruct(state));
      }),
    ),
    read: answering((request: providerPb.ReadRequest) =>
      operate(request.getUrn(), async (operation) => {
        const type = await resourceType(typeOf(request.getUrn()));
        const recorded = request.getInputs();
        const context = contextOf(operation, 0)();
        const state = await read(type, request.getId(), fromStruct(request.getProperties()), context);
        if (state === undefined) return new providerPb.ReadResponse();
        const inputs = inputsOf(type, state, recorded === undefined ? undefined : fromStruct(recorded));
        return new providerPb.ReadResponse()
          .setId(request.getId())
          .setProperties(toStruct(state))
          .setInputs(toStruct(inputs));
      }),
    ),
    update: answering((request: providerPb.UpdateRequest) =>
      operate(request.getUrn(), async (operation) => {
        const type = await resourceType(typeOf(request.getUrn()));
        const olds = fromStruct(request.getOlds());
        const inputs = ignoring(fromStruct(request.getNews()), olds, request.getIgnorechangesList());
        const wanted = plannedUpdate(type, olds, inputs);
        if (request.getPreview()) return new providerPb.UpdateResponse().setProperties(toStruct(wanted));
        const context = contextOf(operation, request.getTimeout())();
        const roots = new Set(diff(type, olds, inputs).map(({ root }) => root));
        const changed = (...names: readonly string[]) => names.some((name) => roots.has(name));
        await type.update?.(request.getId(), new Values(wanted), { ...context, old: new Values(olds), changed });
        const state = await read(type, request.getId(), wanted, context);
        if (state === undefined) throw new Error(`couldn't find resource (${request.getId()})`);
        return new providerPb.UpdateResponse().setProperties(toStruct(state));
      }),
    ),
    delete: answering((request: providerPb.DeleteRequest) =>
      operate(request.getUrn(), async (operation) => {
        const type = await resourceType(typeOf(request.getUrn()));
        const context = contextOf(operation, request.getTimeout())();
        await type.delete(request.getId(), new Values(fromStruct(request.getProperties())), context);
        return new emptyPb.Empty();
      }),
    ),
    invoke: answering((request: providerPb.InvokeRequest) =>
      operate("", async () => {
        const ask = functionOf(request.getTok());
        const found = await ask(new Values(fromStruct(request.getArgs())), configured());
        return new providerPb.InvokeResponse().setReturn(toStruct(compact(found)));
      }),
    ),
    cancel: answering(() => {
      void cancel();
      return new emptyPb.Empty();
    }),
  });
  return { port: await bind(server), cancel };
}
