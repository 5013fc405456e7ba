import { runProvider } from "../provider/run-provider.ts";

await runProvider(() => import("./server.ts"));
