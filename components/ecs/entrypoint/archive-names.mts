/** Names of the schedule's archives, which tell when each was made. Pure. */

const hour = 3_600_000;

/** Name of an archive of the schedule, which sorts by time: `2026-11-21T03-00-00-000Z-openclaw-2026.9.6.tar.gz`. */
export const archiveName = (time: Date, version: string): string =>
  `${time.toISOString().replaceAll(/[:.]/g, "-")}-openclaw-${version}.tar.gz`;

const ofSchedule = /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)-(\d{3})Z-openclaw-[^/]+\.tar\.gz$/;

/** When an archive of the schedule was made, in epoch milliseconds; undefined when it is not one of the schedule. */
export function archiveTime(name: string): number | undefined {
  const time = Date.parse(name.replace(ofSchedule, "$1T$2:$3:$4.$5Z"));
  return Number.isNaN(time) ? undefined : time;
}

/** The newest archive of the schedule; undefined when there is none. */
export const newestArchive = (names: readonly string[]): string | undefined =>
  names
    .filter((name) => archiveTime(name) !== undefined)
    .toSorted()
    .at(-1);

/**
 * The line of the log that an alarm is raised from when it becomes too old, or is missing: JSON by which CloudWatch knows it, and
 * takes the number from. An archive of tomorrow, made before the clock went back, does not count.
 *
 * @returns undefined when there is no archive of the schedule
 */
export function ageLine(names: readonly string[], now: number): string | undefined {
  const newest = newestArchive(names.filter((name) => (archiveTime(name) ?? 0) <= now));
  if (newest === undefined) return undefined;
  const hours = (now - (archiveTime(newest) ?? now)) / hour;
  return JSON.stringify({ archiveAgeHours: Math.round(hours * 100) / 100, newestArchive: newest });
}
