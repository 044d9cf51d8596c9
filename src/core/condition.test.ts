import { describe, expect, it } from 'vitest'
import { exchange } from '../../test/exchange.ts'
import { all, any, type Condition, claim, compileCondition, conditionParams, country, eq, exists, has, header, isIn, not, param, value } from './condition.ts'
import { principalId } from './principal.ts'

const principal = {
  id: principalId('https://issuer.example', 'ada'),
  issuer: 'https://issuer.example',
  subject: 'ada',
  method: 'jwt',
  scheme: 'Bearer',
  credentialHeader: 'authorization',
  scopes: new Set<string>(),
  roles: new Set<string>(),
  claims: { sub: 'ada', groups: ['a', 'b'], n: 1 },
}
const x = exchange({ principal, params: { id: 'ada' }, headers: { 'X-Tenant': 'red' }, edge: { country: 'SE' } })
const yes = eq(value(1), value(1))
const no = eq(value(1), value(2))
const unknown = eq(claim('missing'), value(1))

describe('conditions', () => {
  it.each<[string, Condition, boolean | undefined]>([
    ['equal values', eq(param('id'), claim('sub')), true],
    ['types are not converted', eq(claim('n'), value('1')), false],
    ['a missing value equals nothing', eq(claim('missing'), claim('missing')), undefined],
    ['and its negation does not hold either', not(unknown), undefined],
    ['an inherited property is no claim', exists(claim('toString')), false],
    ['an inherited property is no parameter', exists(param('constructor')), false],
    ['header, by any case', eq(header('x-TENANT'), value('red')), true],
    ['in', isIn(country(), ['SE', 'NO']), true],
    ['not in', isIn(country(), ['DE']), false],
    ['missing in', isIn(claim('missing'), ['a']), undefined],
    ['a list has', has(claim('groups'), value('b')), true],
    ['a string is no list', has(claim('sub'), value('a')), false],
    ['all: a false decides', all(unknown, no), false],
    ['all: a missing one is no yes', all(yes, unknown), undefined],
    ['any: a true decides', any(unknown, yes), true],
    ['any: a missing one is no no', any(no, unknown), undefined],
    ['not', not(no), true],
  ])('%s', (_name, condition, expected) => {
    expect(compileCondition(condition)(x)).toBe(expected)
  })

  it('knows the parameters that it reads', () => {
    expect(conditionParams(all(eq(param('a'), claim('sub')), not(isIn(param('b'), [1]))))).toEqual(['a', 'b'])
  })

  it('says nothing of a Worker caller’s country', () => {
    expect(compileCondition(eq(country(), value('SE')))(exchange({ edge: { country: 'SE' }, caller: { kind: 'worker', zone: 'other.example' } }))).toBe(
      undefined,
    )
  })
})
