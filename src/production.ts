/**
 * Imported before all else by what is run: GraphQL.js and Apollo read NODE_ENV while they load, and unless it says
 * "production" GraphQL.js checks each number of an embedding against a second copy of itself.
 */
process.env["NODE_ENV"] ??= "production";
