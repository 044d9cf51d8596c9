/** Why something was decided, as `policy.cause`: stable, private, for the log, the trace and the operator. */
export type Reason = `${string}.${string}`
