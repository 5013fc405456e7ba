import {
  Compatibility,
  CPUArchitecture,
  EFSAuthorizationConfigIAM,
  EFSTransitEncryption,
  IpcMode,
  NetworkMode,
  OSFamily,
  PidMode,
} from "@aws-sdk/client-ecs";
import type { Values } from "../values.ts";
import { containerDefinitions } from "./container-definitions.ts";

/** What is said to ECS of a task definition. */
export function settingsOf(inputs: Values) {
  const [storage, platform] = [inputs.block("ephemeralStorage"), inputs.block("runtimePlatform")];
  const compatibilities = inputs
    .texts("requiresCompatibilities")
    .flatMap((name) => Object.values(Compatibility).filter((item) => item === name));
  return {
    containerDefinitions: containerDefinitions(inputs.required("containerDefinitions")),
    ...{ cpu: inputs.text("cpu"), memory: inputs.text("memory") },
    ...(inputs.has("enableFaultInjection") && { enableFaultInjection: inputs.flag("enableFaultInjection") }),
    executionRoleArn: inputs.text("executionRoleArn"),
    taskRoleArn: inputs.text("taskRoleArn"),
    ipcMode: inputs.choice("ipcMode", IpcMode),
    pidMode: inputs.choice("pidMode", PidMode),
    networkMode: inputs.choice("networkMode", NetworkMode),
    ...(compatibilities.length > 0 && { requiresCompatibilities: compatibilities }),
    ...(storage && { ephemeralStorage: { sizeInGiB: storage.number("sizeInGib") } }),
    ...(platform && {
      runtimePlatform: {
        cpuArchitecture: platform.choice("cpuArchitecture", CPUArchitecture),
        operatingSystemFamily: platform.choice("operatingSystemFamily", OSFamily),
      },
    }),
    ...(inputs.blocks("volumes").length > 0 && { volumes: inputs.blocks("volumes").map(volumeOf) }),
  };
}

function volumeOf(volume: Values) {
  const efs = volume.block("efsVolumeConfiguration");
  const authorization = efs?.block("authorizationConfig");
  const hostPath = volume.text("hostPath");
  const port = efs?.number("transitEncryptionPort") ?? 0;
  return {
    name: volume.text("name"),
    ...(hostPath !== undefined && { host: { sourcePath: hostPath } }),
    ...(efs && {
      efsVolumeConfiguration: {
        fileSystemId: efs.text("fileSystemId"),
        rootDirectory: efs.text("rootDirectory"),
        transitEncryption: efs.choice("transitEncryption", EFSTransitEncryption),
        ...(port > 0 && { transitEncryptionPort: port }),
        ...(authorization && {
          authorizationConfig: {
            accessPointId: authorization.text("accessPointId"),
            iam: authorization.choice("iam", EFSAuthorizationConfigIAM),
          },
        }),
      },
    }),
  };
}
