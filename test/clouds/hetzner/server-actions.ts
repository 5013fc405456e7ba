import type { Step } from "./actions.ts";
import { ApiError, invalidInput } from "./api-error.ts";
import type { Api, Call } from "./http.ts";
import { placeInNetwork } from "./networks.ts";
import type { Project } from "./project.ts";
import type { Server } from "./records.ts";
import { image, requireOffer, serverType } from "./server-create.ts";
import { applyPrivateNets, rebuild, signalShutdown, switchOff, switchOn } from "./server-power.ts";

interface ChangeType {
  readonly server_type: string | number;
  readonly upgrade_disk: boolean;
}

interface NetworkChange {
  readonly network: number;
  readonly ip?: string;
  readonly alias_ips?: readonly string[];
}

/** What can be done to a server. */
export function serveServerActions(api: Api, project: Project): void {
  const { servers, networks, actions } = project;
  /** @param prepare checks, and gives what is to happen */
  const serve = <B = undefined>(
    name: string,
    command: string,
    prepare: (server: Server, call: Call<B>) => Step["effect"],
    more: object = {},
  ): void => {
    api.serve<B>("POST", `/servers/{id}/actions/${name}`, (call) => {
      const server = servers.require(call.id);
      actions.requireUnlocked("server", call.id);
      const effect = prepare(server, call) ?? (() => undefined);
      const [action] = actions.start({ command, resources: [{ type: "server", id: call.id }], effect });
      return { action, ...more };
    });
  };

  serve("poweron", "start_server", (server) => async () => {
    if (server.status !== "running") await switchOn(project, server);
  });
  serve("poweroff", "stop_server", (server) => () => switchOff(project, server));
  // The action is over when the signal was sent; the server is `running` until the guest is through.
  serve("shutdown", "shutdown_server", (server) => () => {
    signalShutdown(project, server);
  });
  serve("reset", "reset_server", (server) => async () => {
    await switchOff(project, server);
    await switchOn(project, server);
  });
  serve("reboot", "reboot_server", (server) => () => {
    signalShutdown(project, server, () => switchOn(project, server));
  });
  serve<{ image: string | number; user_data?: string }>(
    "rebuild",
    "rebuild_server",
    (server, { body }) => {
      if (server.rebuildProtected) throw new ApiError("protected", "server rebuild is protected");
      server.image = image(project, body.image, server.type.architecture);
      server.userData = body.user_data ?? server.userData;
      return () => rebuild(project, server);
    },
    { root_password: null },
  );
  serve<ChangeType>("change_type", "change_server_type", (server, { body }) => {
    const type = serverType(project, body.server_type);
    requireOffer(type, server.location);
    const misfit =
      (type.architecture !== server.type.architecture && "server type has a different architecture") ||
      (type.disk < server.disk && "server disk is bigger than the disk of the server type") ||
      (type === server.type && "server already has this type");
    if (misfit !== false) throw new ApiError("invalid_server_type", misfit);
    if (server.status !== "off") {
      throw new ApiError("server_not_stopped", "server must be stopped before changing type");
    }
    server.status = "migrating";
    return async () => {
      server.type = type;
      if (body.upgrade_disk) server.disk = type.disk;
      await switchOn(project, server);
    };
  });
  serve<NetworkChange>(
    "attach_to_network",
    "attach_to_network",
    (server, { body: { network, ip, alias_ips: aliases = [] } }) => {
      const net = placeInNetwork(project, server, networks.requireNamed(network, "network"), ip);
      return () => {
        server.privateNets.push({ ...net, alias_ips: aliases });
        return applyPrivateNets(project, server);
      };
    },
  );
  serve<NetworkChange>("detach_from_network", "detach_from_network", (server, { body: { network } }) => () => {
    server.privateNets = server.privateNets.filter((each) => each.network !== network);
    return applyPrivateNets(project, server);
  });
  serve<NetworkChange>(
    "change_alias_ips",
    "change_alias_ips",
    (server, { body: { network, alias_ips: aliases = [] } }) => {
      const net = server.privateNets.find((each) => each.network === network);
      if (net === undefined) throw invalidInput("server is not in this network", { name: "network", messages: ["no"] });
      return () => {
        net.alias_ips = aliases;
      };
    },
  );
  serve<{ delete?: boolean; rebuild?: boolean }>("change_protection", "change_protection", (server, { body }) => () => {
    server.deleteProtected = body.delete ?? server.deleteProtected;
    server.rebuildProtected = body.rebuild ?? server.rebuildProtected;
  });
  serve("enable_backup", "enable_backup", (server) => () => {
    server.backups = true;
  });
  serve("disable_backup", "disable_backup", (server) => () => {
    server.backups = false;
  });
}
