import { expect, it } from 'vitest'
import { judgeMadeUp } from './warm.ts'

it('judges its request to the end, so that all of the code has run', () => {
  const json = { maxDepth: 32, largeNumbers: 'deny' } as const
  const options = { json, maxQueryParameters: 9, maxFields: 9, maxRecords: 9, maxElements: 9, maxPartBytes: 9, strip: false }
  expect(judgeMadeUp(options)).toMatchObject({ kind: 'sound', value: { name: 'n' } })
})
