import { type Context, Hono } from 'hono'
import type { DemoBindings } from './env.ts'
import { TOKEN_SECONDS } from './issuer.ts'

/** The demo's token issuer. It asks nobody who they are: whoever sends a form with `sub` and `scope` gets a token that says so. */
export const tokens = new Hono<{ Bindings: DemoBindings }>()

tokens.post('/demo/token', async (c) => {
  const { sub, scope } = await c.req.parseBody()
  if (typeof sub !== 'string' || sub === '') return c.json({ error: 'invalid_request', error_description: 'send a form: sub=ada&scope=users:read' }, 400)
  const token = await issuer(c).issue(sub, typeof scope === 'string' ? scope : '')
  // Plain text is easier to put into a shell variable.
  if (c.req.header('accept') === 'text/plain') return c.text(token)
  return c.json({ access_token: token, token_type: 'Bearer', expires_in: TOKEN_SECONDS, scope })
})

// No route of the gateway leads here: only the gateway itself asks, through its binding.
tokens.get('/jwks', async (c) => c.body(await issuer(c).keySet(), 200, { 'content-type': 'application/jwk-set+json' }))

function issuer({ env }: Context<{ Bindings: DemoBindings }>) {
  return env.ISSUER.getByName('demo')
}
