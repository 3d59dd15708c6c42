import { registerEnumType } from "type-graphql";

export const TotalCountRelationEnum = { EXACT: "EXACT", LOWER_BOUND: "LOWER_BOUND", CANDIDATES: "CANDIDATES" } as const;
registerEnumType(TotalCountRelationEnum, {
  name: "TotalCountRelation",
  description: "Whether totalCount is exact, a lower bound, or the number of candidates that were ranked.",
  valuesConfig: {
    EXACT: { description: "Just so many." },
    LOWER_BOUND: { description: "At least so many." },
    CANDIDATES: { description: "So many were ranked; more may match." },
  },
});
