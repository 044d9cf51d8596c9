import { Hono } from 'hono'
import type { DemoBindings } from './env.ts'

/** The most decisions in one answer. */
const MOST = 500

/** The decisions that the gateway recorded. The gateway lets only the scope `decisions:read` in here. */
export const decisions = new Hono<{ Bindings: DemoBindings }>()

decisions.get('/demo/decisions', async (c) => {
  const log = c.env.DECISION_LOG.getByName('decisions')
  const { after, request } = c.req.query()
  const rows = after === undefined ? await log.latest(MOST) : await log.after(Number(after), MOST)
  const found = rows.map(({ id, record, trace }) => ({ id, ...JSON.parse(record), trace: JSON.parse(trace) }))
  return c.json(request === undefined ? found : found.filter(({ requestId }) => requestId === request))
})
