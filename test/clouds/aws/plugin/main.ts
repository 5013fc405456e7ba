import { runProvider } from "../../../../toolchain/provider/run-provider.ts";

await runProvider(() => import("./server.ts"));
