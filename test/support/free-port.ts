/** Ports of loopback for what tests start themselves. */
import { isFreePort } from "../../components/local/free-port.ts";

/** Browser control of a gateway takes the 110 ports above its own. */
const distance = 120;
const first = 20_000;
/** Linux gives the ports from here on to outgoing connections, and to whoever asks for any: net.ipv4.ip_local_port_range. */
const end = 32_768;
const workers = 4;

/** Number of this test process among those that run at once, from 1 on; none outside of vitest. */
const worker = Number(process.env["VITEST_POOL_ID"] ?? "0");

/** Ports of each process of its own. */
const ports = Math.floor((end - first) / distance / workers);

let taken = Math.floor(Math.random() * ports);

/** A port with those above it free. No test file that runs at the same time gets it, used or not; nor this one again soon. */
export async function freePort(): Promise<number> {
  for (;;) {
    taken = (taken + 1) % ports;
    const port = first + (taken * workers + (worker % workers)) * distance;
    if (await isFreePort(port)) return port;
  }
}
