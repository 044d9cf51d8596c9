import { createHash } from 'node:crypto'
import type { RuntimeRule } from './runtime-rule.ts'

/** 132 bits: no two rules meet by chance. */
const CHARACTERS = 22

/**
 * Names a rule by what it concerns, so that the same again replaces it: `ban.ip.…`, `stop.…`. Letters, digits, `.`, `-` and `_`, at most 40 of them.
 * What it concerns stands in it as a hash, since ids stand in URLs and traces, where no address and no name belongs. Two windows of one route that begin at different times are two rules.
 */
export function ruleId(rule: RuntimeRule): string {
  switch (rule.kind) {
    case 'stop':
      return `stop.${hashed([rule.zone, rule.route, rule.fromMs?.toString()])}`
    case 'override':
      return `override.${hashed([rule.owner, rule.cell])}`
    default:
      return `${rule.kind}.${rule.target}.${hashed([rule.zone, rule.issuer, rule.target === 'user-agent' ? rule.value.toLowerCase() : rule.value])}`
  }
}

/** Every part stands behind its length, and one that is missing as no part can be. */
function hashed(parts: readonly (string | undefined)[]): string {
  const text = parts.map((part) => (part === undefined ? '-' : `${part.length}:${part}`)).join('')
  return createHash('sha256').update(text).digest('base64url').slice(0, CHARACTERS)
}
