/**
 * Session Manager's port forwarding to a task: `ssm.StartSession` with the target `ecs:<cluster>_<task>_<runtime id>`.
 *
 * Facts: AWS Systems Manager API reference, StartSession; the target's form is the one that
 * awscli/customizations/ecs/executecommand.py of https://github.com/aws/aws-cli makes for ECS Exec, whose agent it is.
 */
import { randomBytes } from "node:crypto";
import type { Duplex } from "node:stream";
import { AwsError, type Operation } from "../front/handler.ts";
import { hasAgent, type Sessions } from "./exec.ts";
import { findTask, request, type Ecs } from "./requests.ts";

/** Members of the request, as the service's model has them. */
interface StartSessionRequest {
  readonly Target: string;
  readonly DocumentName?: string;
  readonly Parameters?: Readonly<Record<string, readonly string[]>>;
}

/** Opens a session to a port. @throws AwsError */
export async function startSession(ecs: Ecs, sessions: Sessions, operation: Operation): Promise<object> {
  const { Target, DocumentName, Parameters = {} } = request<StartSessionRequest>(operation);
  if (DocumentName !== "AWS-StartPortForwardingSession")
    throw new AwsError("InvalidDocument", `the simulated AWS has no document ${String(DocumentName)}`);
  const [, cluster = "", id = "", runtimeId] = /^ecs:(.+)_([0-9a-f]+)_([^_]+)$/.exec(Target) ?? [];
  const task = findTask(ecs, cluster, id);
  const name = task?.running.state().containers.find((each) => each.runtimeId === runtimeId)?.name;
  const container = task?.order.definition.containerDefinitions?.find((each) => each.name === name);
  if (task === undefined || container === undefined || !(await hasAgent(ecs, task, container)))
    throw new AwsError("TargetNotConnected", `${Target} is not connected.`);
  const token = randomBytes(32).toString("base64");
  sessions.set(token, { task: task.running, port: Number(Parameters["portNumber"]?.[0] ?? 80) });
  return {
    SessionId: `test-${randomBytes(8).toString("hex")}`,
    TokenValue: token,
    StreamUrl: "wss://loopback.invalid",
  };
}

/** Stands in for the agent: one connection to the session's port. @throws Error for a token of none */
export async function connectSession(sessions: Sessions, token: string): Promise<Duplex> {
  const session = sessions.get(token);
  if (session === undefined || !("port" in session)) throw new Error("there is no such session to a port");
  return session.task.connect(session.port);
}
