import { randomBytes } from "node:crypto";
import { textOf } from "./inputs.ts";
import { runLocalCommand } from "./local-command.ts";
import type { Operation } from "../provider/operation.ts";
import type { CommandOutput } from "./output.ts";
import { unknown, type PropertyMap } from "../provider/properties.ts";
import type { ResourceType } from "./schema.ts";

/** What a resource type does when the engine creates, updates or deletes one. */
export interface ResourceBehaviour {
  /** False where every change makes a new resource. */
  readonly canUpdate: boolean;
  previewCreate(inputs: PropertyMap): PropertyMap;
  create(name: string, inputs: PropertyMap, operation: Operation): Promise<{ id: string; outputs: PropertyMap }>;
  previewUpdate(olds: PropertyMap, news: PropertyMap): PropertyMap;
  update(olds: PropertyMap, news: PropertyMap, operation: Operation): Promise<PropertyMap>;
  delete(olds: PropertyMap, operation: Operation): Promise<void>;
}

type RunCommand = (
  inputs: PropertyMap,
  step: string,
  previous: CommandOutput,
  operation: Operation,
) => Promise<PropertyMap>;

/** The behaviour of a resource type. What needs SSH loads with the first use: a no-op `up` must start fast. */
export function behaviourOf(type: ResourceType): ResourceBehaviour {
  switch (type) {
    case "command:local:Command":
      return commandBehaviour(runLocalCommand);
    case "command:remote:Command":
      return commandBehaviour(async (...args) => (await import("./remote-command.ts")).runRemoteCommand(...args));
    case "command:remote:CopyToRemote":
      return copyToRemoteBehaviour;
    case "command:remote:CopyFile":
      return copyFileBehaviour;
  }
}

/** The outputs that a command gives, as opposed to the inputs that it repeats. */
const commandOutputs = ["stdout", "stderr", "assets", "archive"] as const;

function commandBehaviour(run: RunCommand): ResourceBehaviour {
  return {
    canUpdate: true,
    previewCreate: (inputs) => ({ ...inputs, stdout: unknown, stderr: unknown }),
    create: async (name, inputs, operation) => {
      const id = name + uniqueHex();
      const outputs = inputs["create"] === undefined ? noOutput : await run(inputs, "create", noOutput, operation);
      return { id, outputs: { ...inputs, ...outputs } };
    },
    previewUpdate: (olds, news) => {
      const outputs = commandOutputs.filter((name) => name === "stdout" || name === "stderr" || name in olds);
      return { ...news, ...Object.fromEntries(outputs.map((name) => [name, unknown])) };
    },
    update: async (olds, news, operation) => {
      const recorded = commandOutputs.flatMap((name) => (name in olds ? [[name, olds[name] ?? null] as const] : []));
      const step = news["update"] === undefined ? "create" : "update";
      const outputs = news[step] === undefined ? {} : await run(news, step, outputOf(olds), operation);
      return { ...news, ...noOutput, ...Object.fromEntries(recorded), ...outputs };
    },
    delete: async (olds, operation) => {
      if (olds["delete"] !== undefined) await run(olds, "delete", outputOf(olds), operation);
    },
  };
}

const copyToRemoteBehaviour: ResourceBehaviour = {
  canUpdate: true,
  previewCreate: (inputs) => inputs,
  create: async (_name, inputs, operation) => {
    const { copyToRemote } = await import("./copy-to-remote.ts");
    await copyToRemote(inputs, operation);
    return { id: uniqueHex(), outputs: inputs };
  },
  previewUpdate: (_olds, news) => news,
  update: async (olds, news, operation) => {
    const { copyToRemote, needsCopy } = await import("./copy-to-remote.ts");
    if (needsCopy(olds, news)) await copyToRemote(news, operation);
    return news;
  },
  delete: () => Promise.resolve(),
};

const copyFileBehaviour: ResourceBehaviour = {
  canUpdate: false,
  previewCreate: (inputs) => inputs,
  create: async (_name, inputs, operation) => {
    const { copyFile } = await import("./copy-to-remote.ts");
    await copyFile(inputs, operation);
    return { id: uniqueHex(), outputs: inputs };
  },
  previewUpdate: (_olds, news) => news,
  update: () => Promise.reject(new Error("CopyFile cannot be updated, only replaced")),
  delete: () => Promise.resolve(),
};

const noOutput = { stdout: "", stderr: "" } as const;

function outputOf(outputs: PropertyMap): CommandOutput {
  return { stdout: textOf(outputs, "stdout") ?? "", stderr: textOf(outputs, "stderr") ?? "" };
}

function uniqueHex(): string {
  return randomBytes(4).toString("hex");
}
