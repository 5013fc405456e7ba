/** Requests on their way from a listener to a target. */
import type { ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createProxyServer } from "http-proxy-3";
import { answer, type ListenerContext } from "./listener.ts";

/** See the file's comment. */
export interface Forwarder {
  readonly request: (group: string, request: IncomingMessage, response: ServerResponse) => void;
  readonly upgrade: (group: string, request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  readonly close: () => void;
}

/** How long a load balancer tries to connect. */
const connectMs = 10_000;

const isTimeout = (error: Error): boolean =>
  "code" in error && (error.code === "ETIMEDOUT" || error.code === "EHOSTUNREACH");

/** Ends a connection that does not come about, or on which nothing happens. */
function limit(asked: ClientRequest, idleMs: number): void {
  const late = (): void => {
    asked.destroy(Object.assign(new Error("the target does not answer"), { code: "ETIMEDOUT" }));
  };
  const timer = setTimeout(late, connectMs);
  asked.once("close", () => {
    clearTimeout(timer);
  });
  asked.once("socket", (socket: Socket) => {
    const connected = (): void => {
      clearTimeout(timer);
      socket.setTimeout(idleMs, late);
    };
    if (socket.connecting) socket.once("connect", connected);
    else connected();
  });
}

/** Who asks from this computer is somebody on the internet: a gateway refuses clients that say to be its own host. */
const internet = "198.51.100.7";

/** What a load balancer tells the target about the client. */
function tell(request: IncomingMessage, protocol: "http" | "https", port: number): void {
  const { remoteAddress = "" } = request.socket;
  const client = /^(::ffff:)?127\./.test(remoteAddress) ? internet : remoteAddress;
  const said = request.headers["x-forwarded-for"];
  request.headers["x-forwarded-for"] = said === undefined ? client : `${String(said)}, ${client}`;
  request.headers["x-forwarded-proto"] = protocol;
  request.headers["x-forwarded-port"] = String(port);
  request.headers["x-amzn-trace-id"] ??= `Root=1-${Math.floor(Date.now() / 1000).toString(16)}-${"0".repeat(24)}`;
}

/** A forwarder for one listener. */
export function forwarder(context: ListenerContext, protocol: "http" | "https", port: number): Forwarder {
  const proxy = createProxyServer({ localAddress: context.from });
  const target = ({ address, port: to }: { address: string; port: number }): string =>
    `http://${address}:${String(to)}`;
  proxy.on("proxyReq", (asked) => {
    limit(asked, context.idleMs());
  });
  proxy.on("proxyReqWs", (asked) => {
    limit(asked, context.idleMs());
  });
  return {
    request: (group, request, response) => {
      const chosen = context.group(group).choose();
      if (chosen === undefined) {
        answer(response, 503, "Service Temporarily Unavailable");
        return;
      }
      tell(request, protocol, port);
      const left = chosen.used();
      response.once("close", left);
      proxy.web(request, response, { target: target(chosen) }, (error) => {
        left();
        if (isTimeout(error)) answer(response, 504, "Gateway Time-out");
        else answer(response, 502, "Bad Gateway");
      });
    },
    upgrade: (group, request, socket, head) => {
      const chosen = context.group(group).choose();
      if (chosen === undefined) {
        socket.end("HTTP/1.1 503 Service Temporarily Unavailable\r\nserver: awselb/2.0\r\nconnection: close\r\n\r\n");
        return;
      }
      tell(request, protocol, port);
      socket.once("close", chosen.used());
      if ("setTimeout" in socket) (socket as Socket).setTimeout(context.idleMs(), () => socket.destroy());
      proxy.ws(request, socket, head, { target: target(chosen) }, () => {
        socket.end("HTTP/1.1 502 Bad Gateway\r\nserver: awselb/2.0\r\nconnection: close\r\n\r\n");
      });
    },
    close: () => {
      proxy.close();
    },
  };
}
