import providerPb from "@pulumi/pulumi/proto/provider_pb.js";

/** One difference between what is recorded and what is wanted. */
export interface Change {
  /** The property's path in Pulumi's notation, such as `environment.HOME` or `triggers[0]`. */
  readonly path: string;
  /** The input that contains it. */
  readonly root: string;
  readonly kind: "add" | "delete" | "update";
}

/** A change, and whether the resource has to be made anew for it. */
export interface PlannedChange extends Change {
  readonly replaces: boolean;
}

/**
 * What the engine is told of a comparison.
 *
 * @param recorded what the wanted inputs were compared with: the engine shows the old values from there
 */
export function diffResponse(changes: readonly PlannedChange[], recorded: "inputs" | "state"): providerPb.DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = providerPb.DiffResponse.DiffChanges;
  const response = new providerPb.DiffResponse()
    .setChanges(changes.length === 0 ? DIFF_NONE : DIFF_SOME)
    .setDiffsList([...new Set(changes.map(({ root }) => root))])
    .setReplacesList([...new Set(changes.filter(({ replaces }) => replaces).map(({ root }) => root))])
    .setHasdetaileddiff(true);
  for (const change of changes) {
    response
      .getDetaileddiffMap()
      .set(change.path, new providerPb.PropertyDiff().setKind(kindOf(change)).setInputdiff(recorded === "inputs"));
  }
  return response;
}

function kindOf({ kind, replaces }: PlannedChange): providerPb.PropertyDiff.Kind {
  const kinds = providerPb.PropertyDiff.Kind;
  switch (kind) {
    case "add":
      return replaces ? kinds.ADD_REPLACE : kinds.ADD;
    case "delete":
      return replaces ? kinds.DELETE_REPLACE : kinds.DELETE;
    case "update":
      return replaces ? kinds.UPDATE_REPLACE : kinds.UPDATE;
  }
}
