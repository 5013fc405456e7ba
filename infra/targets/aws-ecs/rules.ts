/** Faults between keys of the target `aws-ecs`. Pure. */
import {
  charactersOfSecret,
  executionCharacters,
  mostExecutionCharacters,
} from "../../../components/ecs/execution-size.ts";
import { fargateCpus, fargateObjection, nearestMemoryMiB } from "../../../components/ecs/fargate.ts";
import { keyName, removeCommand, setCommand, shown, type Fault, type KeyPath } from "../../config-faults.ts";
import type { AwsEcsConfig } from "../aws-ecs.ts";
import { versionFaults } from "../container.ts";
import { accessFaults } from "./access-rules.ts";
import { networkFaults } from "./network-rules.ts";
import { tagFaults } from "./tags.ts";

function gatewayFaults({ gateway }: AwsEcsConfig): Fault[] {
  const { cpus, memoryMiB, image } = gateway;
  const faults: Fault[] = [];
  const size = fargateObjection(cpus, memoryMiB);
  if (size !== undefined) {
    const name = fargateCpus.includes(cpus) ? "memoryMiB" : "cpus";
    const path = ["gateway", name];
    const got = name === "cpus" ? String(cpus) : `${String(memoryMiB)}, with ${String(cpus)} vCPU`;
    faults.push({
      path,
      got,
      allowed: size,
      type: setCommand(path, name === "cpus" ? "1" : String(nearestMemoryMiB(cpus, memoryMiB))),
    });
  }
  for (const name of ["packages", "binaries"] as const) {
    const path = ["gateway", "image", name];
    if (image[name].length === 0) continue;
    faults.push({
      path,
      got: shown(image[name], false),
      allowed: `nothing on ECS, where no host can build an image: build one with them, push it to ECR, and name it in ${keyName(["gateway", "image", "reference"])}`,
      type: `${removeCommand(path)} && ${setCommand(["gateway", "image", "reference"], "<account>.dkr.ecr.<region>.amazonaws.com/<name>:<tag>")}`,
    });
  }
  return [...faults, ...versionFaults(gateway)];
}

/** The task has AWS credentials of its own; others in its environment would be used instead of them, by everything in it. */
const awsVariableFaults = (config: AwsEcsConfig): Fault[] =>
  (["env", "secrets"] as const).flatMap((section) =>
    Object.keys(config[section]).flatMap((name): Fault[] => {
      if (!name.startsWith("AWS_") && name !== "XDG_CONFIG_HOME") return [];
      const path: KeyPath = [section, name];
      return [
        {
          path,
          got: shown(config[section][name], section === "secrets"),
          allowed:
            name === "XDG_CONFIG_HOME"
              ? "any name but this one: the program sets it"
              : "any name that does not begin with AWS_: the agent can read them, and Fargate's own credentials would be replaced",
          type: removeCommand(path),
        },
      ];
    }),
  );

/** Refused where none changes, too: with more, a stack could be made, and never be updated. */
function tooManySecrets({ secrets, gateway }: AwsEcsConfig): Fault[] {
  const { image, kmsKeyArn: secretsKeyArn } = gateway;
  const names = Object.keys(secrets);
  const characters = executionCharacters({ secrets: names, image: image.reference ?? "", secretsKeyArn });
  if (characters <= mostExecutionCharacters) return [];
  const fitting = `${String(mostExecutionCharacters)} characters: IAM lets a role have three times as many, which three releases share while one runs, one failed, and the next is tried`;
  return [
    {
      path: ["secrets"],
      got: `${String(names.length)} secrets; the permission to read them has ${String(characters)} characters`,
      allowed: `${fitting}. A secret takes ${String(charactersOfSecret)}, and its name's own: what is no secret can go to ${keyName(["env"])}; remove what nothing reads`,
      type: removeCommand(["secrets", "<name>"]),
    },
  ];
}

/** Faults between keys. */
export const rules = (config: AwsEcsConfig): Fault[] => [
  ...gatewayFaults(config),
  ...accessFaults(config),
  ...networkFaults(config),
  ...awsVariableFaults(config),
  ...tooManySecrets(config),
  ...tagFaults(config.tags),
];
