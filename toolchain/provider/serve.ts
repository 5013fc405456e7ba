import grpc from "@grpc/grpc-js";

/** The engine sends and takes messages of up to 400 MB; gRPC's own limit of 4 MB is too small for a command's output. */
const largestMessage = 400 * 1024 * 1024;

/** A running provider. */
export interface ProviderServer {
  readonly port: number;
  /** Ends every operation; resolves when the last one has ended. */
  readonly cancel: () => Promise<void>;
}

/** A server for messages as large as the engine's. */
export function engineServer(): grpc.Server {
  return new grpc.Server({
    "grpc.max_receive_message_length": largestMessage,
    "grpc.max_send_message_length": largestMessage,
  });
}

/** Starts a server on loopback. @returns its port, which nobody else had */
export function bind(server: grpc.Server): Promise<number> {
  const bound = Promise.withResolvers<number>();
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error === null) bound.resolve(port);
    else bound.reject(error);
  });
  return bound.promise;
}

/** How a request ends that could not be served. */
export interface Refusal {
  /** What the user reads. */
  readonly details: string;
  readonly metadata?: grpc.Metadata;
}

/** Makes gRPC methods from functions: what they throw becomes what the user reads. */
export function methods(refusalOf: (error: unknown) => Refusal) {
  return <Request, Response>(answer: (request: Request) => Response | Promise<Response>) =>
    (call: { readonly request: Request }, callback: grpc.sendUnaryData<Response>) => {
      const answered = (async () => await answer(call.request))();
      answered.then(
        (response) => {
          callback(null, response);
        },
        (error: unknown) => {
          callback({ code: grpc.status.UNKNOWN, ...refusalOf(error) });
        },
      );
    };
}
