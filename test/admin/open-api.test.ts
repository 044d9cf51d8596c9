import { createConfig, lintFromString } from '@redocly/openapi-core'
import { describe, expect, it } from 'vitest'
import { openApiDocument } from '../../src/admin/open-api.ts'
import { OPERATIONS } from '../../src/admin/operations.ts'

interface Documented {
  readonly operationId: string
  readonly 'x-portcullis-role': string
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: object }[]
  readonly responses: Readonly<Record<string, unknown>>
}

const document = openApiDocument({ host: 'admin.acme.test', path: '/_portcullis/admin' }) as {
  readonly servers: readonly { readonly url: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Documented>>>>
}
const documented = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, one]) => ({ line: `${method.toUpperCase()} ${path}`, ...one })),
)

describe('the OpenAPI document', () => {
  it.each(['spec', 'recommended'] as const)('has nothing that the rules of %s find', async (rules) => {
    const config = await createConfig({ extends: [rules] })
    const problems = await lintFromString({ source: JSON.stringify(document), config })
    expect(problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`)).toEqual([])
  })

  it('finds something where something is wrong', async () => {
    const config = await createConfig({ extends: ['spec'] })
    const problems = await lintFromString({ source: JSON.stringify({ ...document, paths: { '/x': { get: { responses: 7 } } } }), config })
    expect(problems.length).toBeGreaterThan(0)
  })

  it('has every operation, once, with its role', () => {
    expect(documented.map(({ line, operationId, 'x-portcullis-role': role }) => [line, operationId, role])).toEqual(
      [...Map.groupBy(OPERATIONS, ({ path }) => path).values()].flat().map(({ method, path, id, role }) => [`${method} ${path}`, id, role]),
    )
    expect(new Set(documented.map(({ operationId }) => operationId)).size).toBe(OPERATIONS.length)
  })

  it('asks for an idempotency key wherever something is changed, and nowhere else', () => {
    for (const { line, parameters = [] } of documented) {
      expect(
        parameters.some(({ name }) => name === 'Idempotency-Key'),
        line,
      ).toBe(!line.startsWith('GET'))
    }
  })

  it('says what a page may be', () => {
    const list = documented.find(({ operationId }) => operationId === 'listKeys')
    expect(list?.parameters?.find(({ name }) => name === 'limit')?.schema).toMatchObject({ type: 'integer', minimum: 1, maximum: 1000 })
  })

  it('stands where the API does', () => expect(document.servers).toEqual([{ url: 'https://admin.acme.test/_portcullis/admin' }]))
})
