import { type Dialect, SchemaPool } from '../src/json-schema/normalise/schema-pool.ts'
import { packJson } from '../src/lib/packed-json.ts'
import { Description, type DescriptionHead, type Operation, type Parameter } from '../src/openapi/description.ts'

/** A value of a description with schemas as they are written, in place of their numbers. */
export type Written<T> = T extends readonly (infer Item)[]
  ? readonly Written<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: K extends 'schema' | 'itemSchema' ? unknown : Written<T[K]> }
    : T

/** Defaults of a parameter are OpenAPI's. */
export type WrittenParameter = Omit<Written<Parameter>, 'style' | 'explode'> & Partial<Pick<Parameter, 'style' | 'explode'>>
/** An operation as a test writes it. */
export type WrittenOperation = Omit<Written<Operation>, 'responses' | 'parameters'> & {
  readonly responses?: Written<Operation['responses']>
  readonly parameters?: readonly WrittenParameter[]
}

const STYLES = { path: 'simple', query: 'form', header: 'simple', cookie: 'form' } as const

/** Packs a description that a test has written by hand, as an import does. */
export function described(
  operations: Readonly<Record<string, WrittenOperation>>,
  { dialect = 'openapi-3.1', closed = true }: { readonly dialect?: Dialect; readonly closed?: boolean } = {},
): Description {
  const keys = Object.keys(operations)
  const pool = new SchemaPool({ firstId: 1 + keys.length })
  const number = (value: unknown, key: string, direction: 'request' | 'response'): unknown => {
    if (key === 'schema' || key === 'itemSchema') return pool.add(value, { dialect, direction, closed: closed && direction === 'request', xml: true })
    if (Array.isArray(value)) return value.map((item) => number(item, '', direction))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, number(inner, name, name === 'responses' ? 'response' : direction)]))
  }
  const values = keys.map((key) => {
    const { parameters, responses = {}, ...rest } = operations[key] as WrittenOperation
    const filled = parameters?.map((parameter) => {
      const style = parameter.style ?? STYLES[parameter.in]
      return { explode: style === 'form' || style === 'cookie', ...parameter, style }
    })
    return number({ ...rest, ...(filled && { parameters: filled }), responses }, '', 'request')
  })
  const head: DescriptionHead = {
    version: 1,
    title: 'test',
    apiVersion: '1',
    digest: '',
    operations: Object.fromEntries(keys.map((key, i) => [key, i + 1])),
  }
  return new Description(packJson([head, ...values, ...pool.nodes].map((value) => JSON.stringify(value))))
}
