import { describe, expect, it } from 'vitest'
import { exchange } from '../../../test/exchange.ts'
import { Problems } from '../../core/problems.ts'
import { bootstrapToken, UnfitSecret } from './bootstrap-token.ts'

const NEW = 'n3w-Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4'
const OLD = '0ld-YmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9v+/=='

function judge(authorization: string | undefined, secrets: Record<string, string> = { NEW, OLD }, secret: string | string[] = ['NEW', 'OLD']) {
  const { request } = bootstrapToken({ secret }).compile()
  const headers = authorization === undefined ? {} : { authorization }
  return request?.(exchange({ headers, ports: { secret: (name) => secrets[name] } }))
}

function said(authorization: string | undefined): string {
  const decision = judge(authorization)
  if (decision === undefined || decision instanceof Promise) throw new Error('it waits for nothing')
  return decision.kind === 'deny' ? `${decision.status} ${decision.reason}` : decision.kind
}

describe('bootstrap-token', () => {
  it.each<[string, string | undefined, string]>([
    ['the new secret', `Bearer ${NEW}`, 'pass'],
    ['the old secret', `bearer ${OLD}`, 'pass'],
    ['none', undefined, 'skip'],
    ['another scheme', 'Basic YTpi', 'skip'],
    ['a signed token is another’s', 'Bearer a.b.c', 'skip'],
    ['an encrypted token is another’s', 'Bearer a.b.c.d.e', 'skip'],
    ['a wrong one', `Bearer ${NEW}x`, '401 bootstrap-token.wrong'],
    ['a beginning', `Bearer ${NEW.slice(0, -1)}`, '401 bootstrap-token.wrong'],
    ['other case', `Bearer ${NEW.toUpperCase()}`, '401 bootstrap-token.wrong'],
    ['both secrets in one', `Bearer ${NEW}${OLD}`, '401 bootstrap-token.wrong'],
    ['the name of the secret', 'Bearer NEW', '401 bootstrap-token.wrong'],
    ['a very long one', `Bearer ${'a'.repeat(5000)}`, '401 bootstrap-token.wrong'],
    ['an empty one', 'Bearer ', '400 bootstrap-token.syntax'],
    ['two', `Bearer ${NEW}, Bearer ${OLD}`, '400 bootstrap-token.multiple'],
    ['one twice', `Bearer ${NEW},Bearer ${NEW}`, '400 bootstrap-token.multiple'],
  ])('%s', (_name, authorization, expected) => expect(said(authorization)).toBe(expected))

  it('gives a principal that is nobody in particular, and says by which secret', () => {
    expect(judge(`Bearer ${OLD}`)).toMatchObject({
      principal: { issuer: 'urn:portcullis:bootstrap', subject: 'bootstrap', method: 'bootstrap-token', credentialId: 'OLD', roles: new Set(['admin']) },
    })
  })

  it.each<[string, Record<string, string>]>([
    ['missing', {}],
    ['one of two missing', { NEW }],
    ['short', { NEW: 'a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p', OLD }],
    ['a single character', { NEW: 'a'.repeat(64), OLD }],
    ['too long', { NEW: NEW.repeat(20), OLD }],
    ['no possible token', { NEW: `${NEW} ${NEW}`, OLD }],
    ['like a signed token', { NEW: `${NEW}.${NEW}.${NEW}`, OLD }],
  ])('a secret that is %s fails closed, whatever is sent, and is not told', (_name, secrets) => {
    for (const token of [NEW, OLD, 'a'.repeat(64), ...Object.values(secrets)].filter((text) => /^[\w+/=-]+$/.test(text))) {
      let said = ''
      expect(() => {
        try {
          return judge(`Bearer ${token}`, secrets)
        } catch (error) {
          said = String(error)
          throw error
        }
      }).toThrow(UnfitSecret)
      for (const secret of Object.values(secrets)) expect(said).not.toContain(secret)
    }
  })

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a secret itself', 'Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFy1'],
    ['three', ['A', 'B', 'C']],
    ['one twice', ['A', 'A']],
  ])('settings with %s are refused', (_name, secret) => {
    const problems = new Problems()
    bootstrapToken({ secret: secret as string }).check(['admin'], problems)
    expect(problems.all).toHaveLength(1)
    expect(JSON.stringify(problems.all)).not.toContain('Zm9v')
  })
})
