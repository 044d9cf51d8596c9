import { describe, expect, expectTypeOf, it } from 'vitest'
import { exchange, type Wanted } from '../../../test/exchange.ts'
import { challengeField } from '../../core/challenge.ts'
import { all, any, claim, eq, exists, has, header, isIn, method, not, param, value } from '../../core/condition.ts'
import type { Policy } from '../../core/policy.ts'
import { type Principal, principalId } from '../../core/principal.ts'
import { Problems } from '../../core/problems.ts'
import { type AuthorizeOptions, authorize } from './authorize.ts'

const ada: Principal = {
  id: principalId('https://issuer.example', 'ada'),
  issuer: 'https://issuer.example',
  subject: 'ada',
  method: 'jwt',
  scheme: 'Bearer',
  credentialHeader: 'authorization',
  scopes: new Set(['users:read', 'orders:read']),
  roles: new Set(['clerk']),
  claims: { sub: 'ada', tenants: ['red', 'blue'], number: 7 },
}

const ask = (settings: AuthorizeOptions, wanted: Wanted = {}) =>
  authorize(settings)
    .compile()
    .request?.(exchange({ principal: ada, ...wanted }))

const PASS = { kind: 'pass' }
const denied = (reason: string) => ({ kind: 'deny', status: 403, reason })
const owner = eq(param('id'), claim('sub'))

describe('authorize: who gets no further', () => {
  it.each<[string, AuthorizeOptions, Wanted, string]>([
    ['nobody, whatever is asked', { when: eq(method(), value('GET')) }, { principal: undefined as never }, 'authorize.no-principal'],
    ['one scope of two', { scopes: ['users:read', 'users:write'] }, {}, 'authorize.scope'],
    ['one scope of two, written out', { scopes: { all: ['users:read', 'users:write'] } }, {}, 'authorize.scope'],
    ['none of the alternatives', { scopes: { any: ['users:write', 'admin'] } }, {}, 'authorize.scope'],
    ['a scope that begins like it', { scopes: ['users:read:all'] }, {}, 'authorize.scope'],
    ['a scope that it begins like', { scopes: ['users'] }, {}, 'authorize.scope'],
    ['a scope in another case', { scopes: ['Users:Read'] }, {}, 'authorize.scope'],
    ['the name of a method of objects', { scopes: ['toString'] }, {}, 'authorize.scope'],
    ['a role that is a scope', { roles: ['users:read'] }, {}, 'authorize.role'],
    ['a scope that is a role', { scopes: ['clerk'] }, {}, 'authorize.scope'],
    ['one role of two', { roles: { all: ['clerk', 'auditor'] } }, {}, 'authorize.role'],
    ['none of the roles', { roles: { any: ['admin', 'auditor'] } }, {}, 'authorize.role'],
    ['another one’s', { owner }, { params: { id: 'eve' } }, 'authorize.owner'],
    ['a look-alike', { owner }, { params: { id: 'Ada' } }, 'authorize.owner'],
    ['a parameter that is not there', { owner }, {}, 'authorize.owner'],
    ['a claim that is not there', { owner: eq(param('id'), claim('uid')) }, { params: { id: 'ada' } }, 'authorize.owner'],
    ['neither is there', { owner: eq(param('id'), claim('uid')) }, {}, 'authorize.owner'],
    ['a number that looks like the text', { owner: eq(param('id'), claim('number')) }, { params: { id: '7' } }, 'authorize.owner'],
    ['an inherited property', { owner: eq(param('constructor'), claim('constructor')) }, {}, 'authorize.owner'],
    ['not one of the list', { owner: has(claim('tenants'), param('tenant')) }, { params: { tenant: 'green' } }, 'authorize.owner'],
    ['a condition that does not hold', { when: eq(claim('number'), value(8)) }, {}, 'authorize.condition'],
    ['a condition that cannot be judged', { when: eq(header('x-tenant'), value('red')) }, {}, 'authorize.condition'],
    ['nor its negation', { when: not(eq(header('x-tenant'), value('red'))) }, {}, 'authorize.condition'],
    ['a holding condition does not make up for the rest', { scopes: ['admin'], when: exists(claim('sub')) }, {}, 'authorize.scope'],
    ['an owner without the scope', { scopes: ['admin'], owner }, { params: { id: 'ada' } }, 'authorize.scope'],
    ['a scope without the role', { scopes: ['users:read'], roles: ['admin'], owner }, {}, 'authorize.role'],
    ['scope and role without ownership', { scopes: ['users:read'], roles: ['clerk'], owner, when: exists(claim('sub')) }, {}, 'authorize.owner'],
  ])('%s', (_name, settings, wanted, reason) => {
    expect(ask(settings, wanted)).toMatchObject(denied(reason))
  })

  it('a factor’s scopes are not the principal’s', () => {
    const second = { ...ada, scopes: new Set(['admin']) }
    expect(ask({ scopes: ['admin'] }, { principal: { ...ada, factors: [second] } })).toMatchObject(denied('authorize.scope'))
  })
})

describe('authorize: who passes', () => {
  it.each<[string, AuthorizeOptions, Wanted]>([
    ['all scopes', { scopes: ['users:read', 'orders:read'] }, {}],
    ['one of the alternatives', { scopes: { any: ['admin', 'orders:read'] } }, {}],
    ['a role', { roles: ['clerk'] }, {}],
    ['the owner', { owner }, { params: { id: 'ada' } }],
    ['a tenant of hers', { owner: has(claim('tenants'), param('tenant')) }, { params: { tenant: 'blue' } }],
    ['a condition', { when: isIn(claim('number'), [6, 7]) }, {}],
    [
      'everything',
      { scopes: ['users:read'], roles: { any: ['clerk'] }, owner, when: all(exists(claim('sub')), any(eq(method(), value('GET')))) },
      { params: { id: 'ada' } },
    ],
  ])('%s', (_name, settings, wanted) => {
    expect(ask(settings, wanted)).toEqual(PASS)
  })
})

describe('authorize: challenges (RFC 6750 §3.1)', () => {
  const challengeOf = (settings: AuthorizeOptions, scheme: string) => {
    const decision = ask(settings, { principal: { ...ada, scheme } })
    return decision !== undefined && 'challenges' in decision ? challengeField(decision.challenges ?? []) : undefined
  }

  it.each<[string, AuthorizeOptions, string]>([
    ['every scope that is needed', { scopes: ['users:read', 'users:write'] }, 'users:read users:write'],
    ['every scope that is needed, written out', { scopes: { all: ['admin', 'users:write'] } }, 'admin users:write'],
    ['of alternatives the first: it is enough', { scopes: { any: ['users:write', 'admin'] } }, 'users:write'],
  ])('names %s', (_name, settings, scope) => {
    expect(challengeOf(settings, 'Bearer')).toBe(`Bearer error="insufficient_scope", scope="${scope}"`)
  })

  it.each<[string, AuthorizeOptions, string]>([
    ['other schemes', { scopes: ['admin'] }, 'Basic'],
    ['an empty scheme', { scopes: ['admin'] }, ''],
    ['a missing role', { scopes: ['users:read'], roles: ['admin'] }, 'Bearer'],
    ['what is not one’s own', { scopes: ['users:read'], owner }, 'Bearer'],
    ['a condition', { when: exists(claim('uid')) }, 'Bearer'],
  ])('says nothing for %s', (_name, settings, scheme) => {
    expect(challengeOf(settings, scheme)).toBeUndefined()
  })
})

describe('authorize: settings', () => {
  const problemsOf = (given: unknown) => {
    const problems = new Problems()
    authorize(given as AuthorizeOptions).check(['authorize'], problems)
    return problems.all
  }

  it.each<[string, unknown, string[]]>([
    ['everything', { scopes: ['a'], roles: { any: ['b'] }, owner, when: not(all(any(exists(header('X-A'))), isIn(method(), ['GET']))) }, []],
    ['no requirement', {}, ['authorize']],
    ['no requirement, but a mode', { mode: 'report' }, ['authorize']],
    ['settings that are none', undefined, ['authorize']],
    ['no scope', { scopes: [] }, ['authorize.scopes']],
    ['all of no scope', { scopes: { all: [] } }, ['authorize.scopes.all']],
    ['any of no scope', { scopes: { any: [] } }, ['authorize.scopes.any']],
    ['both', { scopes: { any: ['a'], all: ['b'] } }, ['authorize.scopes']],
    ['a scope alone', { scopes: 'a' }, ['authorize.scopes']],
    ['two scopes in one', { scopes: ['a b'] }, ['authorize.scopes[0]']],
    ['a scope that would end the challenge’s quotes', { scopes: ['a"'] }, ['authorize.scopes[0]']],
    ['a scope that would begin a line', { scopes: ['a\r\nset-cookie:b'] }, ['authorize.scopes[0]']],
    ['an empty scope', { scopes: [''] }, ['authorize.scopes[0]']],
    ['no role', { roles: [] }, ['authorize.roles']],
    ['an empty role', { roles: ['a', ''] }, ['authorize.roles[1]']],
    ['an unknown setting', { scope: ['a'], scopes: ['a'] }, ['authorize.scope']],
    ['an owner without a claim', { owner: eq(param('id'), value('ada')) }, ['authorize.owner']],
    ['all of nothing', { when: all() }, ['authorize.when.of']],
    ['any of nothing', { owner: any() }, ['authorize.owner.of']],
    ['all of nothing, deep inside', { when: not(any(exists(claim('a')), all(not(all())))) }, ['authorize.when.of.of[1].of[0].of.of']],
    ['in nothing', { when: isIn(claim('a'), []) }, ['authorize.when.values']],
    ['constants only', { when: eq(value(1), value(1)) }, ['authorize.when']],
    ['a constant that exists', { when: exists(value(1)) }, ['authorize.when']],
    ['a constant in a list', { when: isIn(value(1), [1]) }, ['authorize.when']],
    ['a value compared with itself', { owner: eq(claim('sub'), claim('sub')) }, ['authorize.owner']],
    ['an unknown operation', { when: { op: 'or', of: [] } }, ['authorize.when']],
    ['a function', { when: () => true }, ['authorize.when']],
    ['true', { when: true }, ['authorize.when']],
    ['null', { owner: null }, ['authorize.owner']],
    ['an unknown operand', { when: { op: 'exists', operand: { from: 'body', name: 'a' } } }, ['authorize.when.operand']],
    ['a text for an operand', { when: { op: 'eq', left: 'sub', right: value(1) } }, ['authorize.when.left']],
    ['a claim without a name', { when: exists(claim('')) }, ['authorize.when.operand']],
    ['a header that is no name', { when: exists(header('x y')) }, ['authorize.when.operand']],
    ['a constant that is an object', { when: { op: 'eq', left: claim('a'), right: { from: 'value', value: {} } } }, ['authorize.when.right']],
    ['two faults', { scopes: [], when: all(), roles: ['a'] }, ['authorize.scopes', 'authorize.when.of']],
  ])('%s', (_name, given, expected) => {
    expect(problemsOf(given).map(({ path }) => path)).toEqual(expected)
  })

  it('says what is wrong with a condition and what to do', () => {
    expect(problemsOf({ when: all() })).toEqual([
      {
        path: 'authorize.when.of',
        found: 'all() of nothing',
        expected: 'at least one condition',
        fix: 'name a condition: all() of nothing would let everybody pass',
      },
    ])
  })
})

describe('authorize: what it asks for', () => {
  it('names its scopes, alternatives too', () => {
    expect(authorize({ scopes: ['a', 'b'] }).scopes).toEqual(['a', 'b'])
    expect(authorize({ scopes: { all: ['a'] } }).scopes).toEqual(['a'])
    expect(authorize({ scopes: { any: ['a', 'b'] } }).scopes).toEqual(['a', 'b'])
    expect(authorize({ roles: ['a'] }).scopes).toEqual([])
  })
})

describe('authorize: path parameters', () => {
  it('names those that its conditions read', () => {
    expect(authorize({ scopes: ['a'] }).params).toEqual([])
    expect(authorize({ owner, when: any(exists(param('tenant')), eq(param('id'), claim('id'))) }).params).toEqual(['id', 'tenant'])
  })

  it('carries them in its type', () => {
    expectTypeOf(authorize({ scopes: ['a'] })).toEqualTypeOf<Policy<never, 'authorize'>>()
    expectTypeOf(authorize({ when: exists(claim('a')) })).toEqualTypeOf<Policy<never, 'authorize'>>()
    expectTypeOf(authorize({ owner })).toEqualTypeOf<Policy<'id', 'authorize'>>()
    expectTypeOf(authorize({ owner, when: exists(param('tenant')) })).toEqualTypeOf<Policy<'id' | 'tenant', 'authorize'>>()
  })
})
