import { describe, expect, it } from 'vitest'
import { ruleId } from './rule-id.ts'
import type { RuntimeRule } from './runtime-rule.ts'

const BASE = { untilMs: 2_000_000_000_000, reason: 'why', by: 'who' }
const ban = (more: object): RuntimeRule => ({ kind: 'ban', target: 'ip', value: '192.0.2.1', ...BASE, ...more }) as RuntimeRule
const stop = (more: object): RuntimeRule => ({ kind: 'stop', ...BASE, ...more })
const override = (more: object): RuntimeRule =>
  ({ kind: 'override', zone: 'api', limit: 'one', whose: 'ada', owner: 'o', cell: 'c', figures: { limit: 1 }, ...BASE, ...more }) as RuntimeRule

describe('ruleId', () => {
  it('has no two for what concerns different things', () => {
    const rules = [
      ban({}),
      ban({ kind: 'allow' }),
      ban({ value: '192.0.2.2' }),
      ban({ zone: 'api' }),
      ban({ zone: 'ap', value: 'i192.0.2.1' }),
      ban({ target: 'key', value: 'ada' }),
      ban({ target: 'subject', value: 'ada', issuer: 'a' }),
      ban({ target: 'subject', value: 'aada', issuer: '' }),
      ban({ target: 'subject', value: 'a', issuer: 'ada' }),
      stop({}),
      stop({ zone: 'api' }),
      stop({ zone: 'api', route: 'GET /a' }),
      stop({ zone: 'api', route: 'GET /a', fromMs: 1_900_000_000_000 }),
      stop({ zone: 'api', fromMs: 1_900_000_000_000 }),
      stop({ zone: 'apiGET /a' }),
      override({}),
      override({ owner: 'oc', cell: '' }),
      override({ cell: 'd' }),
    ]
    expect(new Set(rules.map(ruleId)).size).toBe(rules.length)
  })

  it('has one for the same, whatever else is said of it', () => {
    expect(ruleId(ban({ untilMs: 2_000_000_000_001, fromMs: 1_900_000_000_000, reason: 'another', by: 'someone' }))).toBe(ruleId(ban({})))
    expect(ruleId(stop({ retryAfterSeconds: 7 }))).toBe(ruleId(stop({})))
    expect(ruleId(override({ figures: { limit: 2 }, whose: 'Ada' }))).toBe(ruleId(override({})))
    expect(ruleId(ban({ target: 'user-agent', value: 'BadBot*' }))).toBe(ruleId(ban({ target: 'user-agent', value: 'badbot*' })))
  })

  it('can stand in a URL, has a bound, and shows nobody’s address or name', () => {
    for (const rule of [
      ban({}),
      ban({ target: 'subject', value: 'ada/../?#%'.repeat(25), issuer: 'x' }),
      stop({ zone: 'z'.repeat(256) }),
      override({ cell: 'c'.repeat(4096) }),
    ]) {
      expect(ruleId(rule)).toMatch(/^[a-z-]+(?:\.[a-z0-9-]+)?\.[\w-]{22}$/)
      expect(ruleId(rule).length).toBeLessThanOrEqual(40)
      expect(ruleId(rule)).not.toMatch(/192|ada/)
    }
  })
})
