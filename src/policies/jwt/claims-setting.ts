import * as v from 'valibot'

type ClaimValue = string | number | boolean

/** The setting of claims that must have one of these values. Not `v.record`: it leaves out keys such as `constructor` without a word. */
export const claimValues = v.custom<Readonly<Record<string, ClaimValue | readonly ClaimValue[]>>>(
  isClaimValues,
  'claims by name, each with a text, a number, a boolean or a list of them; not named __proto__, constructor or prototype',
)

function isClaimValues(given: unknown): boolean {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return false
  const entries: readonly [string, unknown][] = Object.entries(given)
  return entries.length > 0 && entries.every(([name, value]) => isClaimName(name) && (isClaimValue(value) || isListOfValues(value)))
}

function isClaimName(name: string): boolean {
  return name !== '' && name !== '__proto__' && name !== 'constructor' && name !== 'prototype'
}

function isListOfValues(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isClaimValue)
}

function isClaimValue(value: unknown): value is ClaimValue {
  return (typeof value === 'string' && value !== '') || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
}
