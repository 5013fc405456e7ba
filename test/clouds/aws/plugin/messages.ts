import grpc from "@grpc/grpc-js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import statusPb from "@pulumi/pulumi/proto/status_pb.js";
import anyPb from "google-protobuf/google/protobuf/any_pb.js";
import { fitting } from "../../../../toolchain/command-provider/failure.ts";
import { toStruct } from "../../../../toolchain/command-provider/properties.ts";
import type { Change } from "./diff.ts";
import { messageOf, UnfinishedResource } from "./failure.ts";

/** The version of the published plugin that this one stands in for; Pulumi finds a plugin by the exact version. */
export const pluginVersion = "7.48.0";

/** What `pulumi package get-schema` shows; the SDK's is the one to read. */
export function packageSchema(): string {
  return JSON.stringify({ name: "aws", version: pluginVersion });
}

/** A gRPC method from a function: what it throws becomes the message that the user reads, in the bridge's frame. */
export function answering<Request, Response>(answer: (request: Request) => Response | Promise<Response>) {
  return (call: { readonly request: Request }, callback: grpc.sendUnaryData<Response>) => {
    const answered = (async () => await answer(call.request))();
    answered.then(
      (response) => {
        callback(null, response);
      },
      (error: unknown) => {
        const message = fitting(`1 error occurred:\n\t* ${messageOf(error)}\n\n`);
        const metadata = error instanceof UnfinishedResource ? unfinished(error, message) : new grpc.Metadata();
        callback({ code: grpc.status.UNKNOWN, details: message, metadata });
      },
    );
  };
}

/** Tells the engine that there is a resource although its creation failed: it is recorded, and updated the next time. */
function unfinished({ id, state }: UnfinishedResource, message: string): grpc.Metadata {
  const detail = new providerPb.ErrorResourceInitFailed()
    .setId(id)
    .setProperties(toStruct(state))
    .setInputs(toStruct(state))
    .setReasonsList([message]);
  const packed = new anyPb.Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new statusPb.Status().setCode(grpc.status.UNKNOWN).setMessage(message);
  status.addDetails(packed); // it returns the detail, not the status
  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return metadata;
}

/** What the engine is told of a comparison. */
export function diffResponse(changes: readonly Change[], deleteBeforeReplace: boolean): providerPb.DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = providerPb.DiffResponse.DiffChanges;
  const replacing = changes.filter(({ replaces }) => replaces);
  const response = new providerPb.DiffResponse()
    .setChanges(changes.length === 0 ? DIFF_NONE : DIFF_SOME)
    .setDiffsList([...new Set(changes.map(({ root }) => root))])
    .setReplacesList([...new Set(replacing.map(({ root }) => root))])
    .setDeletebeforereplace(replacing.length > 0 && deleteBeforeReplace)
    .setHasdetaileddiff(true);
  for (const change of changes) {
    response.getDetaileddiffMap().set(change.path, new providerPb.PropertyDiff().setKind(kindOf(change)));
  }
  return response;
}

function kindOf({ kind, replaces }: Change): providerPb.PropertyDiff.Kind {
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
export function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}
