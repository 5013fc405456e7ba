/** What speaks against another place for a stack that is deployed. Pure. */
import type { Found } from "./found.ts";
import type { AwsObjection, Wanted } from "./wanted.ts";

/**
 * Everything would be made again in another region, beside a file system that is not there. To be judged before AWS is asked,
 * which would be asked there.
 */
export function regionObjections({ recorded, region }: Wanted): AwsObjection[] {
  if (recorded === undefined || recorded.region === region) return [];
  return [
    {
      ...{ path: [], name: "aws:region", value: recorded.region },
      got: `"${region}" for a stack whose state is on ${recorded.id} in ${recorded.region}`,
      allowed: `${recorded.region}: a file system stays in its region. To move, have AWS Backup copy it to ${region} and restore it there, destroy this stack, and let a new one go on with what was restored (docs/aws-ecs.md, "Archives, and the way back")`,
    },
  ];
}

/** Another account knows nothing of the stack either. */
export function accountObjections({ place }: Found, { recorded }: Wanted): AwsObjection[] {
  if (recorded === undefined || recorded.account === place.account) return [];
  return [
    {
      ...{ path: [], name: "aws:profile", value: "<profile>" },
      got: `credentials of the account ${place.account}, for a stack whose state is on ${recorded.id} of the account ${recorded.account}`,
      allowed: `credentials of the account ${recorded.account}: a file system stays in its account`,
    },
  ];
}
