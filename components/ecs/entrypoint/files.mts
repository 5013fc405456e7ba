/** What the entry point's modules do with files. */
import { open, rename } from "node:fs/promises";

/** The state cannot be made to fit; another start changes nothing. */
export class StateError extends Error {}

/** Writes a file so that it is there whole or not at all. */
export async function writeWhole(file: string, text: string): Promise<void> {
  const partial = `${file}.partial`;
  const handle = await open(partial, "w", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(partial, file);
}
