import { type Load, load } from './load.ts'
import { startOrigin } from './origin.ts'

/** What the runner asks of the process that plays the clients and the origin. */
export type Order = { readonly id: number; readonly origin: { readonly keySet: string } } | { readonly id: number; readonly load: Load }

/** Its answer: the origin's port, or the seconds that a load took. */
export type Report = { readonly id: number; readonly value: number } | { readonly id: number; readonly error: string }

/** Both ends of the gateway live here, in one process on one core, so that the gateway has the other core to itself. */
process.on('message', (order: Order) => {
  const work = 'origin' in order ? startOrigin(order.origin.keySet) : load(order.load)
  const send = (report: Report) => process.send?.(report)
  work.then(
    (value) => send({ id: order.id, value }),
    (error: unknown) => send({ id: order.id, error: String(error) }),
  )
})
process.on('disconnect', () => process.exit(0))
