import type { ServiceError } from "@grpc/grpc-js";
import type enginePb from "@pulumi/pulumi/proto/engine_pb.js";

/** How the engine shows a message. */
export type Severity = "info" | "warning" | "error";

/** What one operation on one resource tells the user. */
export interface OperationLog {
  /** Progress: a line of a command's output, shown beside the resource while it runs. */
  readonly progress: (line: string) => void;
  /** A message that stays in the summary at the end. */
  readonly diagnose: (severity: Severity, message: string) => void;
  /** Waits until the engine has taken everything; the engine drops what comes after the operation's answer. */
  readonly flush: () => Promise<void>;
}

/** The engine's side, to which operations send one message after the other. */
export interface EngineConnection {
  readonly send: (message: LogMessage) => Promise<void>;
  readonly close: () => void;
}

export interface LogMessage {
  readonly urn: string;
  readonly severity: Severity;
  readonly ephemeral: boolean;
  readonly text: string;
}

/** The longest message; a command's output can be one line of megabytes. */
const longestMessage = 64 * 1024;

/** Gives one operation its log. Messages keep their order; lines that wait for the engine travel together. */
export function operationLog(engine: EngineConnection | undefined, urn: string): OperationLog {
  let waiting: LogMessage[] = [];
  let sending: Promise<void> | undefined;

  const drain = async (connection: EngineConnection) => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      for (const message of joined(batch)) await connection.send(message);
    }
    sending = undefined;
  };
  const enqueue = (severity: Severity, ephemeral: boolean, text: string) => {
    if (engine === undefined || text === "") return;
    waiting.push({ urn, severity, ephemeral, text: text.slice(0, longestMessage) });
    sending ??= drain(engine);
  };

  return {
    progress: (line) => {
      enqueue("info", true, line);
    },
    diagnose: (severity, message) => {
      enqueue(severity, false, message);
    },
    flush: async () => {
      await sending;
    },
  };
}

/** Joins lines of progress that follow each other, up to the longest message. */
function joined(messages: readonly LogMessage[]): readonly LogMessage[] {
  const groups: { first: LogMessage; lines: string[]; length: number }[] = [];
  for (const message of messages) {
    const group = groups.at(-1);
    const fits = group !== undefined && group.length + message.text.length < longestMessage;
    if (fits && group.first.ephemeral && message.ephemeral) {
      group.lines.push(message.text);
      group.length += message.text.length + 1;
    } else {
      groups.push({ first: message, lines: [message.text], length: message.text.length });
    }
  }
  return groups.map(({ first, lines }) => ({ ...first, text: lines.join("\n") }));
}

/** Connects to the engine's log service. The modules load with the first message: a no-op `up` sends none. */
export function connectEngine(address: string): EngineConnection {
  let closed = false;
  const client = lazily(async () => {
    const [{ default: grpc }, { default: messages }, { default: engineGrpc }] = await Promise.all([
      import("@grpc/grpc-js"),
      import("@pulumi/pulumi/proto/engine_pb.js"),
      import("@pulumi/pulumi/proto/engine_grpc_pb.js"),
    ]);
    return { messages, engine: new engineGrpc.EngineClient(address, grpc.credentials.createInsecure()) };
  });
  return {
    send: async ({ urn, severity, ephemeral, text }) => {
      if (closed) return;
      const { messages, engine } = await client();
      const request = new messages.LogRequest()
        .setUrn(urn)
        .setSeverity(severityIn(messages, severity))
        .setEphemeral(ephemeral)
        .setMessage(text);
      // A command must not fail because the engine went away; its own answer will not arrive either.
      const failure = await new Promise<ServiceError | null>((resolve) => {
        engine.log(request, resolve);
      });
      if (failure !== null) closed = true;
    },
    close: () => {
      closed = true;
      void client().then(({ engine }) => {
        engine.close();
      });
    },
  };
}

function severityIn({ LogSeverity }: typeof enginePb, severity: Severity): enginePb.LogSeverity {
  switch (severity) {
    case "info":
      return LogSeverity.INFO;
    case "warning":
      return LogSeverity.WARNING;
    case "error":
      return LogSeverity.ERROR;
  }
}

function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
