export { Client } from "./client.ts";
export { ConnectionError, ServerError } from "./errors.ts";
export type { Auth, Sessions } from "./accounts.ts";
export type { Call, Options } from "./transport.ts";
export type * from "./types.ts";
