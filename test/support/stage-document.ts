import { inflateSync } from "node:zlib";
import type { StageDocument } from "../../components/container/stage.ts";

/** What a host is to run, from the standard input of a stage. */
export function stageDocument(stdin: string): StageDocument {
  const { packed } = JSON.parse(stdin) as { packed: string }; // stageStdin wrote it
  return JSON.parse(inflateSync(Buffer.from(packed, "base64")).toString()) as StageDocument;
}
