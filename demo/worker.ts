import { Hono } from 'hono'
import { decisions } from './decisions.ts'
import type { DemoBindings } from './env.ts'
import { origin } from './origin.ts'
import { tokens } from './tokens.ts'

export { Issuer } from './issuer.ts'

/**
 * What stands behind the gateway in the demo: an origin that shows what reached it, an issuer that signs whatever it is asked to, and the decisions log.
 * It is reached through the gateway's service binding alone and checks nothing itself.
 */
const demo = new Hono<{ Bindings: DemoBindings }>().route('/', origin).route('/', tokens).route('/', decisions)

export default demo
