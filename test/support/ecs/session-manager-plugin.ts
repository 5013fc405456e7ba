/**
 * Stands in for AWS's `session-manager-plugin`, which the AWS command line starts with the answer of ExecuteCommand or
 * StartSession: `session-manager-plugin <session> <region> StartSession <profile> <request> <endpoint>`; with nothing, to see
 * whether it is installed. It ends with 0 however the remote command ended, as AWS's does.
 *
 * Facts: awscli/customizations/ecs/executecommand.py and sessionmanager.py of https://github.com/aws/aws-cli. From 1.2.497.0 on
 * the session comes in a variable of the environment instead; this one says that it is older.
 */
import { connect, createServer } from "node:net";

const [session, , , , request] = process.argv.slice(2);

/** ECS writes its members in camelCase, Systems Manager in PascalCase. */
interface Session {
  readonly tokenValue?: string;
  readonly TokenValue?: string;
}

interface Request {
  readonly Parameters?: { readonly localPortNumber?: readonly string[] };
}

function begin(text: string): void {
  const { tokenValue, TokenValue = tokenValue ?? "" } = JSON.parse(text) as Session; // what AWS answered
  const { Parameters } = JSON.parse(request ?? "{}") as Request; // what the command line asked
  const open = (kind: "command" | "port") => {
    const socket = connect(Number(process.env["OPENCLAW_TEST_SESSIONS"]), "127.0.0.1");
    socket.write(kind === "port" ? `port ${TokenValue}\n` : `${TokenValue}\n`);
    return socket;
  };
  if (Parameters?.localPortNumber === undefined) {
    console.log("\nStarting session with SessionId: ecs-execute-command-test\n");
    open("command").pipe(process.stdout);
    return;
  }
  // The command line ignores Ctrl-C and has its children ignore it.
  process.on("SIGINT", () => process.exit(0));
  const port = Number(Parameters.localPortNumber[0]);
  createServer((client) => {
    const remote = open("port");
    client.pipe(remote).pipe(client);
    for (const socket of [client, remote]) {
      socket.on("error", () => {
        client.destroy();
        remote.destroy();
      });
    }
  }).listen(port, "127.0.0.1", () => {
    console.log(`Port ${String(port)} opened for sessionId test.\nWaiting for connections...`);
  });
}

if (session === "--version") console.log("1.2.463.0");
else if (session === undefined) console.log("The Session Manager plugin was installed successfully.");
else begin(session);
