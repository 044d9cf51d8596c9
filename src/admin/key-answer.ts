import * as v from 'valibot'
import type { KeptKey } from '../core/api-key.ts'
import { TIME_ANSWER, timeOf } from './schema.ts'

const LIMITS = v.record(v.string(), v.strictObject({ limit: v.number(), burst: v.exactOptional(v.number()) }))

/** A key as it is answered: nothing of its secret. */
export const KEY_ANSWER = v.strictObject({
  id: v.string(),
  prefix: v.string(),
  environment: v.string(),
  owner: v.string(),
  name: v.string(),
  level: v.exactOptional(v.string()),
  scopes: v.array(v.string()),
  roles: v.array(v.string()),
  metadata: v.record(v.string(), v.string()),
  limits: LIMITS,
  allowedIps: v.array(v.string()),
  allowedOrigins: v.array(v.string()),
  allowedRoutes: v.array(v.string()),
  notBefore: v.exactOptional(TIME_ANSWER),
  expires: v.exactOptional(TIME_ANSWER),
  created: TIME_ANSWER,
  createdBy: v.string(),
  rotated: v.exactOptional(TIME_ANSWER),
  overlapUntil: v.exactOptional(v.pipe(TIME_ANSWER, v.description('Until when the secret before the present one works.'))),
  revoked: v.exactOptional(v.strictObject({ at: TIME_ANSWER, by: v.string(), reason: v.string() })),
  lastUsed: v.exactOptional(v.pipe(TIME_ANSWER, v.description('To the hour.'))),
  state: v.picklist(['active', 'not-yet', 'expired', 'revoked']),
})

/** @returns a key as it is answered at a moment. */
export function keyAnswer(key: KeptKey, nowMs: number): v.InferOutput<typeof KEY_ANSWER> {
  const { id, prefix, environment, owner, name, level, scopes, roles, metadata, limits, allowedIps, allowedOrigins, allowedRoutes } = key
  const { notBeforeMs, expiresMs, createdMs, createdBy, rotatedMs, revoked, lastUsedMs } = key
  const overlapMs = key.secrets.find(({ untilMs }) => untilMs !== undefined && untilMs > nowMs)?.untilMs
  return {
    ...{ id, prefix, environment, owner, name, ...(level !== undefined && { level }) },
    ...{
      scopes: [...scopes],
      roles: [...roles],
      metadata: { ...metadata },
      limits: structuredClone(limits) as Record<string, { limit: number; burst?: number }>,
    },
    ...{ allowedIps: [...allowedIps], allowedOrigins: [...allowedOrigins], allowedRoutes: [...allowedRoutes] },
    ...(notBeforeMs !== undefined && { notBefore: timeOf(notBeforeMs) }),
    ...(expiresMs !== undefined && { expires: timeOf(expiresMs) }),
    ...{ created: timeOf(createdMs), createdBy },
    ...(rotatedMs !== undefined && { rotated: timeOf(rotatedMs) }),
    ...(overlapMs !== undefined && { overlapUntil: timeOf(overlapMs) }),
    ...(revoked !== undefined && { revoked: { at: timeOf(revoked.atMs), by: revoked.by, reason: revoked.reason } }),
    ...(lastUsedMs !== undefined && { lastUsed: timeOf(lastUsedMs) }),
    state: stateOf(key, nowMs),
  }
}

function stateOf({ revoked, expiresMs, notBeforeMs }: KeptKey, nowMs: number): 'active' | 'not-yet' | 'expired' | 'revoked' {
  if (revoked !== undefined) return 'revoked'
  if (expiresMs !== undefined && expiresMs <= nowMs) return 'expired'
  return notBeforeMs !== undefined && notBeforeMs > nowMs ? 'not-yet' : 'active'
}
