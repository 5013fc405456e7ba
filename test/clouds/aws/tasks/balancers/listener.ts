/**
 * A listener of an Application Load Balancer: ends TLS, redirects, forwards requests and WebSockets.
 *
 * Facts: User Guide for Application Load Balancers, "HTTP headers and Application Load Balancers", "Troubleshoot"
 * (502, 503, 504; 10 s to connect), "Edit attributes" (idle time-out 60 s), "Redirect actions".
 */
import { createServer as createHttp, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttps } from "node:https";
import { readFileSync } from "node:fs";
import { createSecureContext, type SecureContext } from "node:tls";
import type { Action, RedirectActionConfig } from "@aws-sdk/client-elastic-load-balancing-v2";
import { certificateFor } from "../../../machines/certificate.ts";
import { forwarder, type Forwarder } from "./forwarder.ts";
import type { ListenerSettings } from "./settings.ts";
import type { TargetGroupState } from "./target-group.ts";

/** What a listener works with. It changes while it listens. */
export interface ListenerContext {
  readonly settings: () => ListenerSettings;
  readonly group: (arn: string) => TargetGroupState;
  /** The load balancer's own address, that it connects to targets from. */
  readonly from: string;
  readonly idleMs: () => number;
}

const page = (status: number, text: string): string =>
  `<html>\r\n<head><title>${String(status)} ${text}</title></head>\r\n<body>\r\n<center><h1>${String(status)} ${text}</h1></center>\r\n</body>\r\n</html>\r\n`;

/** An answer of the load balancer's own. */
export function answer(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, { "content-type": "text/html", server: "awselb/2.0" }).end(page(status, text));
}

/** Where a redirect leads. Pure. */
export function redirectTo(action: Action, host: string, url: string, protocol: string, port: number): string {
  const to: Partial<RedirectActionConfig> = action.RedirectConfig ?? {};
  const asked = new URL(url, "http://host");
  const fill = (text: string | undefined, fallback: string): string =>
    (text ?? fallback)
      .replaceAll("#{host}", host.replace(/:\d+$/, ""))
      .replaceAll("#{path}", asked.pathname.slice(1))
      .replaceAll("#{query}", asked.search.slice(1))
      .replaceAll("#{protocol}", protocol)
      .replaceAll("#{port}", String(port));
  const query = fill(to.Query, "#{query}");
  const scheme = fill(to.Protocol, "#{protocol}").toLowerCase();
  const name = `${fill(to.Host, "#{host}")}:${fill(to.Port, "#{port}")}`;
  return `${scheme}://${name}${fill(to.Path, "/#{path}")}${query === "" ? "" : `?${query}`}`;
}

function serve(context: ListenerContext, forward: Forwarder, request: IncomingMessage, response: ServerResponse): void {
  const { listener } = context.settings();
  const [action] = listener.DefaultActions ?? [];
  const { headers, url = "/" } = request;
  switch (action?.Type) {
    case "redirect": {
      const status = action.RedirectConfig?.StatusCode === "HTTP_301" ? 301 : 302;
      const location = redirectTo(action, headers.host ?? "", url, listener.Protocol ?? "", listener.Port ?? 0);
      response.writeHead(status, { location, server: "awselb/2.0" }).end();
      return;
    }
    case "fixed-response": {
      const { StatusCode = "200", ContentType = "text/plain", MessageBody } = action.FixedResponseConfig ?? {};
      response.writeHead(Number(StatusCode), { "content-type": ContentType, server: "awselb/2.0" }).end(MessageBody);
      return;
    }
    case "forward":
      forward.request(
        action.TargetGroupArn ?? action.ForwardConfig?.TargetGroups?.[0]?.TargetGroupArn ?? "",
        request,
        response,
      );
      return;
    default:
      answer(response, 503, "Service Temporarily Unavailable");
  }
}

/** Certificates by name, made when they are first asked for by the tests' authority. */
function certificates(names: () => readonly string[]): (name: string) => Promise<SecureContext> {
  const made = new Map<string, Promise<SecureContext>>();
  const make = async (name: string): Promise<SecureContext> => {
    const { certificate, key } = await certificateFor(name.replace("*", "any"));
    return createSecureContext({ cert: readFileSync(certificate), key: readFileSync(key) });
  };
  return (asked) => {
    // Who asks for a name that no certificate has gets the first one, as at AWS.
    const covers = (name: string): boolean =>
      name === asked ||
      (name.startsWith("*.") && asked.endsWith(name.slice(1)) && !asked.slice(0, -name.length + 1).includes("."));
    const name = names().some(covers) ? asked : (names()[0] ?? "localhost");
    const context = made.get(name) ?? make(name);
    made.set(name, context);
    return context;
  };
}

/** Starts listening. @returns what stops it */
export async function listen(context: ListenerContext, address: string): Promise<() => void> {
  const { listener } = context.settings();
  const secure = listener.Protocol === "HTTPS";
  const forward = forwarder(context, secure ? "https" : "http", listener.Port ?? 0);
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    serve(context, forward, request, response);
  };
  const of = certificates(() => context.settings().names);
  const server: Server = secure
    ? createHttps(
        {
          minVersion: /TLS13-1-3/.test(listener.SslPolicy ?? "") ? "TLSv1.3" : "TLSv1.2",
          SNICallback: (name, done) => {
            of(name).then((found) => {
              done(null, found);
            }, done);
          },
        },
        handle,
      )
    : createHttp(handle);
  server.on("upgrade", (request, socket, head) => {
    const [action] = context.settings().listener.DefaultActions ?? [];
    if (action?.Type === "forward") forward.upgrade(action.TargetGroupArn ?? "", request, socket, head);
    else socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(listener.Port ?? 80, address, resolve);
  });
  server.keepAliveTimeout = context.idleMs();
  return () => {
    server.close();
    server.closeAllConnections();
    forward.close();
  };
}
