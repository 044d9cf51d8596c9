import * as v from 'valibot'
import type { Condition } from './condition.ts'
import { conditionFaults } from './condition-shape.ts'

/** The schema of a condition in a control's settings: every fault in it, at its place. */
export const conditionSchema = v.pipe(
  v.custom<Condition>(() => true),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    for (const { path, found, expected, fix } of conditionFaults(dataset.value)) {
      const items = path.map((key) => ({ type: 'unknown' as const, origin: 'value' as const, input: dataset.value, key, value: undefined }))
      const [first, ...rest] = items
      addIssue({ received: found, expected, message: fix, ...(first !== undefined && { path: [first, ...rest] }) })
    }
  }),
)
