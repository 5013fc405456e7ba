import grpc from "@grpc/grpc-js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import statusPb from "@pulumi/pulumi/proto/status_pb.js";
import anyPb from "google-protobuf/google/protobuf/any_pb.js";
import { fitting } from "../../../../toolchain/provider/message.ts";
import { toStruct } from "../../../../toolchain/provider/properties.ts";
import { methods } from "../../../../toolchain/provider/serve.ts";
import { during } from "./engine-call.ts";
import { messageOf, UnfinishedResource } from "./failure.ts";

/** The version of the published plugin that this one stands in for; Pulumi finds a plugin by the exact version. */
export const pluginVersion = "7.48.0";

/** What `pulumi package get-schema` shows; the SDK's is the one to read. */
export function packageSchema(): string {
  return JSON.stringify({ name: "aws", version: pluginVersion });
}

const framed = methods((error) => {
  const details = fitting(`1 error occurred:\n\t* ${messageOf(error)}\n\n`);
  return error instanceof UnfinishedResource ? { details, metadata: unfinished(error, details) } : { details };
});

/** Makes gRPC methods from functions: what they throw becomes the message that the user reads, in the bridge's frame. */
export const answering = <Request, Response>(answer: (request: Request) => Response | Promise<Response>) => {
  const method = framed(answer);
  return (call: grpc.ServerUnaryCall<Request, Response>, callback: grpc.sendUnaryData<Response>): void => {
    during(call, () => {
      method(call, callback);
    });
  };
};

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
