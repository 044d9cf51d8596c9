import type { Context, MiddlewareHandler } from 'hono'
import type { Authenticator } from './core/authentication.ts'
import type { Handlers, Policy } from './core/policy.ts'
import type { Ports } from './core/ports.ts'
import type { Principal } from './core/principal.ts'
import { ConfigurationError, Problems } from './core/problems.ts'
import { compileRoute } from './gateway/compile-route.ts'
import { Journey } from './gateway/journey.ts'
import type { Forward } from './gateway/origin.ts'
import { applyEdits } from './gateway/origin-headers.ts'
import { Passage } from './gateway/passage.ts'
import { travel } from './gateway/pipeline.ts'
import { canonicalUrl } from './lib/canonical-url.ts'

/** What a control on its own needs of the app around it. */
export interface MiddlewareOptions {
  /** @returns what the control needs from outside: the same for every request, or limits would forget what they know. `portsOf(c.env)` of `portcullis/platform` makes it of a Worker's bindings. */
  readonly ports: (context: Context) => Ports
  /** Begins the names of the control's counters, as a zone's name does in a gateway. Default `app`. */
  readonly zone?: string
}

/** What a control leaves for the handlers after it: `c.get('principal')`. */
export interface MiddlewareVariables {
  principal: Principal | undefined
}

/**
 * Makes any control a middleware for anyone's Hono app. Mode, `onError` and denials are those of the gateway; nothing is recorded.
 * An authenticator's principal is there for the controls and handlers after it. The body that a control read is there to be read again.
 * @throws {ConfigurationError} when the control's settings are wrong.
 */
export function asMiddleware(policy: Policy, { ports, zone = 'app' }: MiddlewareOptions): MiddlewareHandler<{ Variables: MiddlewareVariables }> {
  const problems = new Problems()
  policy.check([policy.name], problems)
  if (problems.all.length > 0) throw new ConfigurationError(problems.all)
  const handlers = policy.compile()
  const route = compileRoute({
    facts: { key: policy.label, credentialHeaders: policy.credentials },
    pattern: { key: policy.label, method: '*', shape: '', segments: [] },
    handlersOf: (): Handlers => handlers,
    privateCaching: false,
    ...(isAuthenticator(policy) && policy.mode === 'enforce' ? { policies: [], authentication: policy } : { policies: [policy] }),
  })
  return async (context, next) => {
    const { raw } = context.req
    const passage = new Passage(
      raw,
      canonicalUrl(raw.url),
      zone,
      route.facts,
      context.req.param() as Record<string, string>,
      ports(context),
      context.executionCtx,
    )
    passage.principal = context.get('principal')
    const forward: Forward = async (_passage, edits) => {
      context.set('principal', passage.principal)
      const body = passage.body.forward()
      if (body !== raw.body || edits.length > 0) {
        const headers = new Headers(raw.headers)
        for (const edit of edits) applyEdits(headers, edit)
        context.req.raw = new Request(raw, { headers, body })
      }
      await next()
      return context.res
    }
    const travelling = travel(new Journey({ passage, route: { ...route, forward }, stepCount: route.steps.length }))
    // A client that hangs up ends the request: what has been taken must still be given back.
    if (travelling instanceof Promise) context.executionCtx.waitUntil(travelling)
    const { response } = await travelling
    // Hono merges the headers of a response that replaces another: what was stripped would come back.
    context.res = undefined
    context.res = response
  }
}

function isAuthenticator(policy: Policy): policy is Authenticator {
  return policy.stage === 'authenticate'
}
