import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { RFC_8032_KEY } from '../../src/audit/test-trail.ts'
import { AUDITED_DECISIONS, type AuditEvent, type AuditedDecision } from '../../src/core/audit.ts'
import { type Decision, deny, pass } from '../../src/core/decision.ts'
import { definePolicy } from '../../src/core/policy.ts'
import type { AuditTrail } from '../../src/core/ports.ts'
import { principalId } from '../../src/core/principal.ts'
import type { Stage } from '../../src/core/stage.ts'
import { defineGateway } from '../../src/gateway/define.ts'
import { hostGateway } from '../../src/host.ts'
import { durableAudit } from '../../src/platform/durable-audit.ts'
import { underTest } from './under-test.ts'

const ISSUER = 'https://issuer.example'
const nothing = new Set<string>()
const PRINCIPAL = {
  ...{ id: principalId(ISSUER, 'ada'), issuer: ISSUER, subject: 'ada', credentialId: 'token-1', method: 'test', scheme: 'Bearer' },
  ...{ credentialHeader: 'authorization', scopes: nothing, roles: nothing, claims: {} },
}

/** A control of that name that says that. */
const control = <St extends Stage>(name: string, stage: St, says: () => Decision, mode: 'enforce' | 'report' = 'enforce') =>
  definePolicy({
    name,
    stage,
    settings: v.strictObject({}),
    credentials: () => (stage === 'authenticate' ? ['authorization'] : []),
    compile: () => ({ request: says }),
  })({
    mode,
  })
const users = control('test', 'authenticate', () => pass({ principal: PRINCIPAL }))

/** A gateway with one route that everybody may ask but for what stands in the way. */
function gatewayWith({ authenticate = users, policies = [] }: { authenticate?: typeof users; policies?: readonly unknown[] }, audit?: object) {
  const route = { authenticate, policies: policies as never }
  return defineGateway({
    zones: { api: { hosts: ['api.example.com'], origin: 'https://origin.example.com', routes: { 'GET /x/:id': route } } },
    ...(audit !== undefined && { audit: { signingKeys: 'AUDIT_SIGNING_KEY', ...audit } }),
  })
}

async function noted(gateway: ReturnType<typeof gatewayWith>) {
  const events: AuditEvent[] = []
  const audit = new Proxy({} as AuditTrail, { get: (_, name) => (name === 'note' ? (event: AuditEvent) => void events.push(event) : undefined) })
  const result = await underTest(gateway, { ports: { audit } })('https://api.example.com/x/someone@example.com?q=secret', {
    headers: { authorization: 'Bearer a-secret', 'user-agent': 'a browser' },
  })
  return { ...result, events }
}

const ALL = { decisions: [...AUDITED_DECISIONS] }
const refused = control('test', 'authenticate', () => deny(401, 'test.expired'))
const failing = control('test', 'authenticate', () => {
  throw new Error('the issuer is out of reach')
})
const OVERRIDDEN = pass({ reason: 'rate-limit.overridden' })

describe('a decision that is written down', () => {
  it.each<[what: string, given: Parameters<typeof gatewayWith>[0], decision: AuditedDecision, outcome: string]>([
    ['a denial of authentication', { authenticate: refused }, 'authentication-denied', 'test.expired'],
    ['what was revoked', { policies: [control('revocation', 'authorize', () => deny(401, 'revocation.subject'))] }, 'revocation-used', 'revocation.subject'],
    ['a status list', { policies: [control('status-list', 'authorize', () => deny(401, 'status-list.invalid'))] }, 'revocation-used', 'status-list.invalid'],
    ['a ban', { policies: [control('bans', 'access', () => deny(403, 'bans.ip'))] }, 'runtime-rule-used', 'bans.ip'],
    ['a ban of a caller', { policies: [control('caller-bans', 'authorize', () => deny(403, 'caller-bans.key'))] }, 'runtime-rule-used', 'caller-bans.key'],
    ['a kill switch', { policies: [control('kill-switch', 'access', () => deny(503, 'kill-switch.zone'))] }, 'runtime-rule-used', 'kill-switch.zone'],
    [
      'a denial of authorization',
      { policies: [control('authorize', 'authorize', () => deny(403, 'authorize.scope'))] },
      'authorization-denied',
      'authorize.scope',
    ],
    ['an override', { policies: [control('rate-limit', 'limit', () => OVERRIDDEN)] }, 'override-used', 'rate-limit.overridden'],
    [
      'a denial by an override',
      { policies: [control('rate-limit', 'limit', () => deny(429, 'rate-limit.exceeded', { detail: { limit: 'per-user', overridden: true } }))] },
      'override-used',
      'rate-limit.exceeded',
    ],
    [
      'a denial after an override',
      { policies: [control('rate-limit', 'shield', () => OVERRIDDEN), control('authorize', 'authorize', () => deny(403, 'authorize.scope'))] },
      'authorization-denied',
      'authorize.scope',
    ],
  ])('%s', async (_what, given, decision, outcome) => {
    const { events, record } = await noted(gatewayWith(given, ALL))
    expect(events.map(({ type, outcome }) => [type, outcome])).toEqual([[`decision.${decision}`, outcome]])
    expect(
      (await noted(gatewayWith(given, { decisions: AUDITED_DECISIONS.filter((other) => other !== decision && other !== 'override-used') }))).events,
    ).toEqual([])
    expect((await noted(gatewayWith(given))).events).toEqual([])
    expect(events[0]?.facts).toMatchObject({ zone: 'api', route: 'GET /x/:id', reason: record.reason, policy: record.policy, request: record.requestId })
  })

  it('says who and where by pseudonyms, and nothing in the clear', async () => {
    const { events, record } = await noted(gatewayWith({ policies: [control('bans', 'authorize', () => deny(403, 'bans.ip'))] }, {}))
    const [event] = events
    expect(event).toMatchObject({
      actor: record.principal,
      target: 'api GET /x/:id',
      facts: { client: record.clientIp, credential: record.credential, status: 403 },
    })
    expect(event).not.toHaveProperty('personal')
    const text = JSON.stringify(event)
    for (const clear of ['192.0.2.1', 'someone', 'secret', 'ada', 'token-1', 'a browser']) expect(text, clear).not.toContain(clear)
  })
})

describe('a decision that is not', () => {
  it.each<[string, Parameters<typeof gatewayWith>[0]]>([
    ['a request that passes', {}],
    ['an issuer’s outage: that is nobody’s decision', { authenticate: failing }],
    ['a reporting control', { policies: [control('bans', 'access', () => deny(403, 'bans.ip'), 'report')] }],
    ['another control’s denial', { policies: [control('other', 'validate', () => deny(400, 'other.bad'))] }],
    ['a limit with its own figures', { policies: [control('rate-limit', 'limit', () => deny(429, 'rate-limit.exceeded', { detail: { limit: 'per-user' } }))] }],
    [
      'a failing control',
      {
        policies: [
          control('kill-switch', 'access', () => {
            throw new Error('the ledger is out of reach')
          }),
        ],
      },
    ],
  ])('%s', async (_what, given) => expect((await noted(gatewayWith(given, ALL))).events).toEqual([]))

  it('authorization is left out unless it is asked for', async () => {
    const given = { policies: [control('authorize', 'authorize', () => deny(403, 'authorize.scope'))] }
    expect((await noted(gatewayWith(given, {}))).events).toEqual([])
  })
})

describe('a gateway with an audit trail', () => {
  it('writes to the real object, behind the response', async () => {
    const gateway = gatewayWith({ authenticate: refused }, {})
    const bindings = { ...(env as unknown as Record<string, unknown>), AUDIT_SIGNING_KEY: RFC_8032_KEY, DECISIONS: { writeDataPoint() {} } }
    const context = createExecutionContext()
    const request = new Request('https://api.example.com/x/1', { headers: { 'cf-connecting-ip': '192.0.2.1' } })
    const response = await hostGateway(gateway).fetch(request, bindings, context)
    await waitOnExecutionContext(context)
    const trail = durableAudit(env.AUDIT, { signingKeys: ['AUDIT_SIGNING_KEY'], retentionDays: 90 })
    const entries = await trail.entries(0, 1000)
    expect(response.status).toBe(401)
    expect(entries.find(({ facts }) => facts.request === response.headers.get('x-request-id'))).toMatchObject({
      ...{ type: 'decision.authentication-denied', outcome: 'test.expired', target: 'api GET /x/:id' },
    })
  })

  it.each(['AUDIT', 'AUDIT_SIGNING_KEY', 'SINK', 'SINK_TOKEN'])('does not run without %s', async (name) => {
    const gateway = gatewayWith({}, { sink: { service: 'SINK', url: 'https://sink.internal/', token: 'SINK_TOKEN' } })
    expect(gateway.bindings).toContain(name)
    const given = Object.fromEntries(gateway.bindings.filter((binding) => binding !== name).map((binding) => [binding, 'x'.repeat(32)]))
    const context = createExecutionContext()
    const points: unknown[] = []
    const bindings = { ...given, DECISIONS: { writeDataPoint: (point: unknown) => void points.push(point) } }
    const response = await hostGateway(gateway).fetch(new Request('https://api.example.com/x/1'), bindings, context)
    await waitOnExecutionContext(context)
    expect([response.status, JSON.stringify(points).includes('config.missing-binding')]).toEqual([503, true])
  })
})
