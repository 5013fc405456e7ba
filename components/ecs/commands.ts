/** Commands that people paste: the runbook of a service on ECS. Pure; no secret is in them. */
import { shellQuoted } from "../local/shell-quoted.ts";
import { taskNames } from "./task-definition.ts";

/** What the commands are about. */
export interface ServiceAccess {
  readonly stack: string;
  /** How this user calls Pulumi. @default "pulumi" */
  readonly pulumi?: string | undefined;
  readonly region: string;
  /** @default - AWS's own default */
  readonly profile?: string | undefined;
  readonly cluster: string;
  readonly service: string;
  readonly logGroup: string;
  /** Of the gateway, in the task and on the person's loopback. */
  readonly port: number;
  /** `https://<domain>`; undefined where the gateway is reached through a tunnel. */
  readonly origin?: string | undefined;
  /** Whether ECS Exec may enter the container `shell`. */
  readonly shell: boolean;
}

/** See `CommandOutputs` in infra/outputs.ts. */
export interface ServiceCommands {
  readonly open: string;
  readonly status: string;
  readonly logs: string;
  readonly cli: string;
  readonly approveDevice: string;
  /** Only with ECS Exec. */
  readonly shell?: string;
  readonly tunnel?: string;
  readonly restart: string;
}

/**
 * Prints the link of `openclaw dashboard --json` that pairs a browser once; beside it stands one with the token. It leads to
 * the loopback, whatever `gateway.publicOrigin` says.
 */
const dashboard = (origin: string | undefined): string => {
  const there =
    origin === undefined
      ? ""
      : `.replace(link.httpUrl, "${origin}/").replace(encodeURIComponent(link.wsUrl), encodeURIComponent("${origin.replace("http", "ws")}"))`;
  const script = [
    'const { stdout } = child_process.spawnSync("openclaw", ["dashboard", "--json"], { encoding: "utf8" });',
    'const link = JSON.parse(stdout.slice(stdout.indexOf("{")) || "{}");',
    `console.log(link.browserUrl ? link.browserUrl${there} : "no dashboard link: " + (link.reason || "the gateway did not answer"));`,
  ];
  return `node -e ${shellQuoted(script.join(" "))}`;
};

/** What stands where ECS Exec is off. */
const whatTurnsItOn = ({ stack, pulumi = "pulumi" }: ServiceAccess): string =>
  `echo ${shellQuoted(`ECS Exec is off; to turn it on: ${pulumi} config set --stack ${stack} --path openclaw:access.exec true && ${pulumi} up --stack ${stack}`)} >&2; false`;

/** The commands of a service; they need the AWS command line, and ECS Exec needs its Session Manager plugin. */
export function serviceCommands(access: ServiceAccess): ServiceCommands {
  const { cluster, service, port } = access;
  const off = whatTurnsItOn(access);
  const profile = access.profile === undefined ? "" : ` --profile ${shellQuoted(access.profile)}`;
  const aws = (words: string): string => `aws${profile} --region ${access.region} ${words}`;
  const tasks = aws(
    `ecs list-tasks --cluster ${cluster} --service-name ${service} --desired-status RUNNING --query 'taskArns[0]' --output text`,
  );
  const inTask = (command: string): string =>
    aws(
      `ecs execute-command --cluster ${cluster} --task "$(${tasks})" --container ${taskNames.shell} --interactive --command ${command}`,
    );
  // A shell that takes what is appended as its own arguments.
  const taking = (script: string): string => `sh -c ${shellQuoted(script)} openclaw`;
  const runtime = aws(
    `ecs describe-tasks --cluster ${cluster} --tasks "$task" --query "tasks[0].containers[?name=='${taskNames.shell}'].runtimeId | [0]" --output text`,
  );
  const ports = `portNumber=${String(port)},localPortNumber=${String(port)}`;
  const tunnel = `task=$(${tasks}) && aws${profile} --region ${access.region} ssm start-session --target "ecs:${cluster}_\${task##*/}_$(${runtime})" --document-name AWS-StartPortForwardingSession --parameters ${ports}`;
  return {
    open: access.shell ? inTask(shellQuoted(dashboard(access.origin))) : off,
    status: aws(
      `ecs describe-services --cluster ${cluster} --services ${service} --query 'services[0].{deployments: deployments[].{status: status, rollout: rolloutState, running: runningCount, task: taskDefinition}, events: events[:5].message}' --output yaml`,
    ),
    logs: aws(`logs tail ${access.logGroup} --follow --since 1h`),
    cli: access.shell ? taking(inTask('"openclaw $*"')) : off,
    approveDevice: access.shell ? taking(inTask('"openclaw devices approve ${*:---latest}"')) : off,
    ...(access.shell ? { shell: taking(inTask('"${*:-bash}"')), tunnel } : {}),
    restart: aws(
      `ecs update-service --cluster ${cluster} --service ${service} --force-new-deployment --query 'service.serviceName' --output text`,
    ),
  };
}
