import { serializeInteger, serializeItem, serializeString } from 'structured-headers'
import type { BucketFigures } from '../../limiter/bucket.ts'

/** The members that one limit adds to the lists `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11 §3 and §4). */
export interface LimitFields {
  /** `"per-ip";q=60;w=6`: burst, and the seconds in which that many come back. */
  readonly policy: string
  /** @returns `"per-ip";r=50;t=5`: tokens left, and the seconds within which no more than these should be used. */
  limit(remaining: number, windowSeconds: number): string
  /** @returns the seconds in which so many tokens come back: using them up over that time keeps to the rate. */
  secondsFor(tokens: number): number
}

/** Compiles the fields of one limit. Seconds are rounded up: no caller is told a higher rate than it has. */
export function compileFields(name: string, { tokens, periodMs, burst }: BucketFigures): LimitFields {
  const secondsFor = (count: number): number => Math.max(1, Math.ceil((count * periodMs) / (tokens * 1000)))
  const item = serializeString(name)
  return {
    policy: serializeItem(
      name,
      new Map([
        ['q', burst],
        ['w', secondsFor(burst)],
      ]),
    ),
    limit: (remaining, windowSeconds) => `${item};r=${serializeInteger(remaining)};t=${serializeInteger(windowSeconds)}`,
    secondsFor,
  }
}
