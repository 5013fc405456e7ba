/** A Pulumi program with nothing but the gateway on a host that was booted already; tests deploy parts of it. */
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import type { BaselineParameters } from "../../../cloud-init/baseline.ts";

/** What a test decides. */
export interface GatewayProgramInput {
  /** The repository's root: the program itself runs elsewhere. */
  readonly root: string;
  readonly address: string;
  readonly hostKey: string;
  /** File with the deployer's private key. */
  readonly privateFile: string;
  /** The first of the authorized keys is the deployer's. */
  readonly parameters: BaselineParameters;
}

const input = JSON.parse(process.env["PROGRAM_INPUT"] ?? "{}") as GatewayProgramInput; // written by the test
const part = (path: string): Promise<unknown> => import(`${input.root}/components/${path}`);
// Both are what their paths say.
const { ContainerGateway } = (await part(
  "container/container-gateway.ts",
)) as typeof import("../../../components/container/container-gateway.ts");
const { containerPaths } = (await part(
  "container/container-release.ts",
)) as typeof import("../../../components/container/container-release.ts");

const { identity, data, metadata, ssh, ...settings } = input.parameters;
const [deployKey = "", ...authorizedKeys] = ssh.authorizedKeys;
const { user, port, gatewayPort, ...access } = ssh;
new ContainerGateway("gateway", {
  host: {
    provider: "test",
    connection: pulumi.output({
      ...{ host: input.address, port, user, hostKey: input.hostKey },
      privateKey: pulumi.secret(readFileSync(input.privateFile, "utf8")),
    }),
    identity: pulumi.output(identity),
    address: pulumi.output(input.address),
    sshUser: user,
    sshPort: port,
    hostKey: pulumi.output(input.hostKey),
    deployKey: pulumi.output(deployKey),
    data: pulumi.output({ id: "1", device: data.device }),
    metadata,
    ready: new pulumi.ComponentResource("test:host:Ready", "ready"),
  },
  owner: "organization/test/test",
  spec: { version: "2026.9.6", port: gatewayPort, bind: "lan", paths: containerPaths, config: {} },
  image: { reference: "registry.example/openclaw:2026.9.6", packages: [], binaries: [] },
  memoryMiB: 2048,
  env: {},
  secrets: {},
  tokenVersion: 1,
  baseline: { ...settings, ssh: { ...access, authorizedKeys } },
});
