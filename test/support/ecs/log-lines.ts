/** Everything that the tasks of an account have told their log groups. */
import type { AwsClients } from "../../clouds/aws/clients.ts";

/** All lines of all streams there are now. */
export async function logLines({ logs }: AwsClients): Promise<readonly string[]> {
  const { logGroups = [] } = await logs.describeLogGroups({});
  const lines: string[] = [];
  for (const { logGroupName } of logGroups) {
    let nextToken: string | undefined;
    do {
      const answer = await logs.filterLogEvents({ logGroupName, ...(nextToken === undefined ? {} : { nextToken }) });
      lines.push(...(answer.events ?? []).map(({ message = "" }) => message));
      ({ nextToken } = answer);
    } while (nextToken !== undefined);
  }
  return lines;
}
