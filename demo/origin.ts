import { type Context, Hono } from 'hono'
import type { DemoBindings } from './env.ts'

/** The demo's origin: answers with what it received, so that you see what the gateway forwarded, removed and added. */
export const origin = new Hono<{ Bindings: DemoBindings }>()

origin.use(async (c, next) => {
  await next()
  // What many an origin tells about itself, and no client should learn.
  c.header('server', 'demo-origin/1.0')
  c.header('x-powered-by', 'Hono')
})

origin.get('/health', (c) => c.json({ status: 'ok' }))
origin.get('/v1/users/:id', async (c) => c.json({ id: c.req.param('id'), received: await received(c) }))
origin.get('/v1/search', async (c) => c.json({ results: [], received: await received(c) }))
origin.post('/v1/notes', async (c) => c.json({ id: crypto.randomUUID(), received: await received(c) }, 201))

origin.get('/v1/reports', async (c) => c.json({ reports: [], received: await received(c) }))

// What demo/orders.yaml describes; and what it does not, as it happens to origins.
origin.post('/v1/orders', async (c) => c.json({ id: 9, ...((await c.req.json()) as object), state: 'ordered' }, 201))
origin.get('/v1/orders/:id', (c) => {
  if (c.req.param('id') === '8') return c.text('TypeError: order is undefined\n    at read (/srv/orders/read.js:12:7)', 500)
  return c.json({ id: Number(c.req.param('id')), item: 'lamp', quantity: 2, state: 'sent', costPrice: 3.1, supplier: { iban: 'DE02120300000000202051' } })
})
origin.post('/v1/orders/:id/returns', (c) => c.body(null, 202))

/** Slower than its route allows. */
origin.get('/v1/slow', async (c) => {
  await scheduler.wait(5000)
  return c.json({ late: true })
})

async function received(c: Context): Promise<object> {
  const { method, url } = c.req
  const body = await c.req.text()
  return { method, url, headers: c.req.header(), ...(body !== '' && { body }) }
}
