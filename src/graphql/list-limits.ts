/** The most that lists of the API may have: their resolvers check it, and the cost of an operation goes by it. */
export const MAX_IDS = 1000;
export const MAX_ERRORS = 1000;
export const MAX_SUGGESTIONS = 50;
