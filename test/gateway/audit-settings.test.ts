import { describe, expect, it } from 'vitest'
import { ConfigurationError, type ConfigurationProblem } from '../../src/core/problems.ts'
import { compileGateway } from '../../src/gateway/compile.ts'

const ZONES = { api: { hosts: ['api.example.com'], origin: 'https://origin.example.com', routes: { 'GET /health': { public: 'liveness' } } } }
const SECRET = 'nWGxne9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A'

function problemsOf(audit: unknown): readonly ConfigurationProblem[] {
  try {
    compileGateway({ zones: ZONES, audit })
    return []
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
    throw error
  }
}

describe('audit of the configuration', () => {
  it.each<[what: string, audit: unknown, bindings: readonly string[]]>([
    ['one key', { signingKeys: 'K' }, ['AUDIT', 'K']],
    ['two keys and an address', { signingKeys: ['NEW', 'OLD'], sink: { url: 'https://logs.example/x?key=1' } }, ['AUDIT', 'NEW', 'OLD']],
    ['a service', { signingKeys: 'K', sink: { service: 'SINK', url: 'https://sink.internal/', token: 'T' } }, ['AUDIT', 'K', 'SINK', 'T']],
    ['a bucket', { signingKeys: 'K', retentionDays: 1, decisions: [], sink: { bucket: 'B' } }, ['AUDIT', 'B', 'K']],
  ])('with %s needs what it names', (_what, audit, bindings) => {
    const without = compileGateway({ zones: ZONES }).bindings
    expect(compileGateway({ zones: ZONES, audit }).bindings).toEqual([...new Set([...without, ...bindings])].toSorted())
  })

  it('is not there unless it is asked for', () => {
    const gateway = compileGateway({ zones: ZONES })
    expect([gateway.audit, gateway.bindings.includes('AUDIT')]).toEqual([undefined, false])
  })

  it('has defaults', () => {
    expect(compileGateway({ zones: ZONES, audit: { signingKeys: 'K' } }).audit).toEqual({
      settings: { signingKeys: ['K'], retentionDays: 90 },
      decisions: new Set(['authentication-denied', 'revocation-used', 'runtime-rule-used', 'override-used']),
    })
  })

  it.each<[what: string, audit: unknown, path: string, expected: RegExp]>([
    ['no key', {}, 'audit.signingKeys', /the setting "signingKeys"/],
    ['a secret for its name', { signingKeys: SECRET }, 'audit.signingKeys', /the name of a (?:Worker )?secret/],
    ['three keys', { signingKeys: ['A', 'B', 'C'] }, 'audit.signingKeys', /a list of the new one and the old one/],
    ['one key twice', { signingKeys: ['A', 'A'] }, 'audit.signingKeys', /two different names|a list of the new one and the old one/],
    ['an unknown decision', { signingKeys: 'K', decisions: ['allowed'] }, 'audit.decisions[0]', /authentication-denied/],
    ['a decision twice', { signingKeys: 'K', decisions: ['override-used', 'override-used'] }, 'audit.decisions', /each class once/],
    ['no retention', { signingKeys: 'K', retentionDays: 0 }, 'audit.retentionDays', /a whole number of days from 1 to 3650/],
    ['half a day', { signingKeys: 'K', retentionDays: 0.5 }, 'audit.retentionDays', /a whole number of days/],
    ['plain http', { signingKeys: 'K', sink: { url: 'http://logs.example/' } }, 'audit.sink.url', /an https URL/],
    ['a password in the address', { signingKeys: 'K', sink: { url: 'https://me:pass@logs.example/' } }, 'audit.sink.url', /an https URL/],
    ['two sinks in one', { signingKeys: 'K', sink: { bucket: 'B', url: 'https://logs.example/' } }, 'audit.sink', /\{ bucket \}/],
    ['a service without an address', { signingKeys: 'K', sink: { service: 'S' } }, 'audit.sink', /\{ service, url \}/],
    ['a misspelt setting', { signingKeys: 'K', retention: 90 }, 'audit.retention', /no such setting/],
  ])('refuses %s, and says what to write', (_what, audit, path, expected) => {
    const problems = problemsOf(audit)
    expect(problems.map((problem) => problem.path)).toContain(path)
    expect(problems.map((problem) => problem.expected).join(' ')).toMatch(expected)
    expect(JSON.stringify(problems)).not.toMatch(new RegExp(`${SECRET}|me:pass`))
  })
})
