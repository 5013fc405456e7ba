/** A test that is killed: it printed its pid and made a network, a machine and a volume. */
import { machineEngine } from "../../clouds/machines/engine.ts";
import { bootMachine } from "../../clouds/machines/machine.ts";
import { createNetwork } from "../../clouds/machines/network.ts";
import { createVolume } from "../../clouds/machines/volume.ts";

await machineEngine();
const network = await createNetwork();
await createVolume({ sizeGb: 1 });
await bootMachine({ name: "left", network, number: 2 });
console.log(process.pid);
process.kill(process.pid, "SIGKILL");
