import { createHash } from "node:crypto";
import ssh2 from "ssh2";
import { ApiError, invalidInput } from "./api-error.ts";
import type { Api } from "./http.ts";
import type { Labels } from "./labels.ts";
import { page, pick } from "./lists.ts";
import type { Project } from "./project.ts";

interface CreateSshKey {
  readonly name: string;
  readonly public_key: string;
  readonly labels?: Labels;
}

/** MD5, as `ssh-keygen -l -E md5` shows it. @throws ApiError if it is no public key */
function fingerprint(publicKey: string): string {
  const parsed = ssh2.utils.parseKey(publicKey.trim());
  if (parsed instanceof Error || parsed.isPrivateKey()) {
    throw invalidInput("SSH key is not valid", { name: "public_key", messages: ["invalid SSH key"] });
  }
  const digest = createHash("md5").update(parsed.getPublicSSH()).digest("hex");
  return digest.match(/../gu)?.join(":") ?? "";
}

/** Keys: their names are unique, and so are they themselves. */
export function serveSshKeys(api: Api, project: Project): void {
  const { sshKeys } = project;
  api.serve("GET", "/ssh_keys", ({ query }) => {
    const wanted = query.get("fingerprint");
    const keys = pick(sshKeys.values(), query).filter((key) => wanted === null || key.fingerprint === wanted);
    return page("ssh_keys", keys, query, (key) => key);
  });
  api.serve("GET", "/ssh_keys/{id}", ({ id }) => ({ ssh_key: sshKeys.require(id) }));
  api.serve<CreateSshKey>("POST", "/ssh_keys", ({ body }) => {
    sshKeys.requireFree(body.name);
    const print = fingerprint(body.public_key);
    if ([...sshKeys.values()].some((key) => key.fingerprint === print)) {
      throw new ApiError("uniqueness_error", "SSH key with the same fingerprint already exists", {
        fields: [{ name: "public_key" }],
      });
    }
    const key = { ...project.fresh(body.name, body.labels), fingerprint: print, public_key: body.public_key.trim() };
    sshKeys.set(key.id, key);
    return { ssh_key: key };
  });
  api.serve<{ name?: string; labels?: Labels }>("PUT", "/ssh_keys/{id}", ({ id, body }) => ({
    ssh_key: sshKeys.rename(id, body),
  }));
  api.serve("DELETE", "/ssh_keys/{id}", ({ id }) => {
    sshKeys.delete(sshKeys.require(id).id);
    return undefined;
  });
}
