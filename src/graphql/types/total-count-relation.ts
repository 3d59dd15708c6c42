import { registerEnumType } from "type-graphql";

export const TotalCountRelationEnum = { EXACT: "EXACT", LOWER_BOUND: "LOWER_BOUND", CANDIDATES: "CANDIDATES" } as const;
registerEnumType(TotalCountRelationEnum, {
  name: "TotalCountRelation",
  description: "Whether totalCount is exact, a lower bound, or the number of candidates that were ranked.",
});
