import { describe, expect, it } from 'vitest'
import { exchange } from '../../../test/exchange.ts'
import { Problems } from '../../core/problems.ts'
import { nobody } from './nobody.ts'

describe('nobody', () => {
  const policy = nobody({ why: 'the import could not know' })

  it.each([[{}], [{ authorization: 'Bearer abc' }], [{ 'x-api-key': 'k' }], [{ cookie: 'session=1' }]])('knows nobody who sends %j', (headers) => {
    const decision = policy.compile().request?.(exchange({ headers }))
    expect(decision).toEqual({ kind: 'skip', challenges: [{ scheme: 'Bearer' }] })
  })

  it('reads no credential, claims none, and makes no principal', () => {
    expect(policy).toMatchObject({ stage: 'authenticate', credentials: [], claims: [], issuers: [], secrets: [], bindings: [], principalsOf: undefined })
  })

  it.each([[{}], [{ why: '' }], [{ why: '  ' }], [{ why: 'x', realm: 'a' }]])('wants to be told why: %j', (given) => {
    const problems = new Problems()
    nobody(given as Parameters<typeof nobody>[0]).check(['authenticate'], problems)
    expect(problems.all).not.toEqual([])
  })
})
