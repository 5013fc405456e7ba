/** Log rotation for a file that another process holds open: copy, then truncate. No dependencies: it is copied beside the state. */
import { copyFileSync, existsSync, renameSync, statSync, truncateSync } from "node:fs";

/**
 * Rotates `path` to `path.1`, `path.1` to `path.2` and so on. The writer has the file open for appending and goes on at
 * its new end; lines written between the copy and the truncation are lost.
 *
 * @param maxBytes nothing happens below this size
 * @param keep number of old files
 * @returns whether it rotated
 */
export function rotate(path: string, maxBytes: number, keep: number): boolean {
  if (!existsSync(path) || statSync(path).size < maxBytes) return false;
  for (let index = keep - 1; index >= 1; index -= 1) {
    const old = `${path}.${String(index)}`;
    if (existsSync(old)) renameSync(old, `${path}.${String(index + 1)}`);
  }
  copyFileSync(path, `${path}.1`);
  truncateSync(path, 0);
  return true;
}
