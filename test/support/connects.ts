import { connect } from "node:net";

/** Whether a TCP connection comes about within two seconds. */
export const connects = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 });
    const end = (reached: boolean) => () => {
      socket.destroy();
      resolve(reached);
    };
    socket.once("connect", end(true)).once("timeout", end(false)).once("error", end(false));
  });
