/** What the stack's outputs tell of the file system that it was deployed with. Pure. */

/** The file system that a stack was deployed with. */
export interface RecordedData {
  readonly id: string;
  readonly region: string;
  /** 12 digits. */
  readonly account: string;
  /** Whether the stack was to delete it when it is destroyed. */
  readonly isToGo: boolean;
}

/** Of the stack's outputs. */
interface Data {
  readonly id: string;
  readonly arn?: string;
  readonly onDestroy: string;
}

/** @returns undefined when there are no outputs yet */
export function recordedData(data: Data | undefined): RecordedData | undefined {
  const [, , , region, account] = data?.arn?.split(":") ?? [];
  return data === undefined || region === undefined || account === undefined
    ? undefined
    : { id: data.id, region, account, isToGo: data.onDestroy === "delete" };
}
