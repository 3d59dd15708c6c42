/** The one table of a generation's folder. */
export const TABLE = "products";
