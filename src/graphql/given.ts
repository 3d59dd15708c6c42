import { type GraphQLResolveInfo, valueFromASTUntyped } from "graphql";

/**
 * Whether the operation gives the field being resolved a scalar argument that is not null. A default does not count, the schema's or
 * a variable's; a variable that was sent with its default's value cannot be told from one that was left out.
 */
export function isGiven({ fieldNodes, operation, variableValues }: GraphQLResolveInfo, argument: string): boolean {
  const value = fieldNodes[0]?.arguments?.find(({ name }) => name.value === argument)?.value;
  if (value?.kind !== "Variable") return value !== undefined && value.kind !== "NullValue";
  const name = value.name.value;
  const definition = operation.variableDefinitions?.find(({ variable }) => variable.name.value === name);
  const initial = definition?.defaultValue && valueFromASTUntyped(definition.defaultValue);
  return variableValues[name] != null && variableValues[name] !== initial;
}
