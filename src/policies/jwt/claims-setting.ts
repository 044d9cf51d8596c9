import * as v from 'valibot'
import { isSecretMember, kindOf, shown } from '../../core/shown.ts'

type ClaimValue = string | number | boolean

const EXAMPLE = "{ token_use: 'access' }"

/** The setting of claims that must have one of these values. Not `v.record`: it leaves out keys such as `constructor` without a word. */
export const claimValues = v.pipe(
  v.custom<Readonly<Record<string, ClaimValue | readonly ClaimValue[]>>>(() => true),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    const given: unknown = dataset.value
    if (typeof given !== 'object' || given === null || Array.isArray(given) || Object.keys(given).length === 0) {
      addIssue({ received: shown(given), expected: 'claims by name, at least one', message: `write them like ${EXAMPLE}, or leave the setting out` })
      return
    }
    for (const [name, value] of Object.entries(given)) {
      const fault = faultOf(name, value)
      if (fault !== undefined) addIssue({ ...fault, path: [{ type: 'object', origin: 'value', input: { ...given }, key: name, value }] })
    }
  }),
)

function faultOf(name: string, value: unknown): { readonly received: string; readonly expected: string; readonly message: string } | undefined {
  if (!isClaimName(name)) {
    const expected = 'the name of a claim; not empty, __proto__, constructor or prototype'
    return { received: `a claim named ${JSON.stringify(name)}`, expected, message: 'name the claim that the tokens have, or remove it' }
  }
  if (isClaimValue(value) || isListOfValues(value)) return undefined
  return {
    received: isSecretMember(name) ? kindOf(value) : shown(value),
    expected: 'a text, a number, true or false; or a list of at least one of them',
    message: `write the value that the claim must have, like ${EXAMPLE}`,
  }
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
