import type * as v from 'valibot'
import type { Shared } from '../core/shared.ts'
import type { Algorithm } from './algorithms.ts'
import { discoveryLocation } from './fetch-keys.ts'
import { inlineKeySet, type KeySet } from './key-set.ts'
import type { keySet, publishedKeySet } from './key-set-setting.ts'
import { sharedKeySet } from './remote-key-set.ts'

/** Whose keys, where they come from, and what they verify. */
export interface PublishedKeys {
  readonly issuer: string
  readonly keySet: v.InferOutput<typeof publishedKeySet>
  readonly algorithms: readonly Algorithm[]
}

/** @returns the keys that the settings name. To be called at start. */
export function publishedKeys({ issuer, keySet, algorithms }: PublishedKeys, shared: Shared): KeySet {
  if ('jwks' in keySet) return inlineKeySet(keySet.jwks, algorithms)
  return sharedKeySet('url' in keySet ? keySet : discoveryLocation(issuer, keySet.service), algorithms, shared)
}

/** @returns the secrets that a key set is made of. */
export function keySetSecrets(from: v.InferOutput<typeof keySet>): string[] {
  return 'secret' in from ? [from.secret].flat() : []
}

/** @returns the bindings that a key set cannot be had without. */
export function keySetBindings(from: v.InferOutput<typeof keySet>): string[] {
  return 'service' in from && from.service !== undefined ? [from.service] : []
}
