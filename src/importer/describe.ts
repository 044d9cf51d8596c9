import { createHash } from 'node:crypto'
import { type PackedJson, packJson } from '../lib/packed-json.ts'
import type { DescriptionHead, Operation } from '../openapi/description.ts'
import type { Faults } from './collect-faults.ts'
import { describeOperation } from './describe-operation.ts'
import type { Gaps } from './gap.ts'
import type { PlannedRoute } from './plan-routes.ts'
import type { ReadDocument } from './read-document.ts'
import { SchemaNumbers } from './schema-numbers.ts'

/** Packs what a description promises: the head, then the operations in the order of their routes, then the schemas that they use. */
export function describe(
  { root, version }: Pick<ReadDocument, 'root' | 'version'>,
  routes: readonly PlannedRoute[],
  gaps: Gaps,
  faults: Faults,
  progress: (done: number) => void,
): PackedJson {
  const schemas = new SchemaNumbers(root, version, 1 + routes.length)
  const operations: Operation[] = []
  for (const route of routes) {
    const operation = faults.collect(() => describeOperation(route, { schemas, gaps }))
    if (operation !== undefined) operations.push(operation)
    progress(operations.length)
  }
  for (const pointer of schemas.open) gaps.add('open-object', pointer, 'other schemas describe this value in other ways')
  const values = [...operations, ...schemas.nodes].map((value) => JSON.stringify(value))
  const info = root.child('info')
  const head: DescriptionHead = {
    version: 1,
    title: info?.text('title') ?? '',
    apiVersion: info?.text('version') ?? '',
    digest: '',
    operations: Object.fromEntries(routes.map(({ key }, i) => [key, 1 + i])),
  }
  const digest = createHash('sha256').update(JSON.stringify(head)).update(values.join('')).digest('hex')
  return packJson([JSON.stringify({ ...head, digest }), ...values])
}
