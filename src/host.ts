import { type Deny, deny } from './core/decision.ts'
import type { Ports } from './core/ports.ts'
import type { CompiledGateway } from './gateway/compiled.ts'
import { lastResort } from './gateway/last-resort.ts'
import { handle } from './gateway/pipeline.ts'
import { missingBindings, portsOf, weakSecrets } from './platform/ports.ts'

/** What the platform binds to the Worker, by name. */
export type Bindings = Readonly<Record<string, unknown>>

/** A Worker that is a gateway. */
export interface GatewayWorker {
  fetch(request: Request, env: Bindings, context: ExecutionContext): Response | Promise<Response>
}

/** What does not change as long as the bindings are the same. */
interface Ready {
  readonly env: Bindings
  readonly ports: Ports
  readonly refusal: Deny | undefined
}

/** Makes a Worker of a gateway. What it needs from `env` is checked on the first request, and nothing passes while something is missing. */
export function hostGateway(gateway: CompiledGateway): GatewayWorker {
  let ready: Ready | undefined
  return {
    fetch(request, env, context) {
      const broken = (error: unknown) => lastResort(gateway, ready?.ports, context, error)
      try {
        if (ready?.env !== env) ready = { env, ports: portsOf(env, gateway.state, gateway.audit?.settings), refusal: refusalOf(gateway, env) }
        const response = handle(gateway, request, ready.ports, context, ready.refusal)
        return response instanceof Promise ? response.catch(broken) : response
      } catch (error) {
        return broken(error)
      }
    },
  }
}

function refusalOf(gateway: CompiledGateway, env: Bindings): Deny | undefined {
  const missing = missingBindings(gateway.bindings, env)
  const weak = weakSecrets(env)
  if (missing.length > 0) return deny(503, 'config.missing-binding', { detail: { missing }, headers: { 'retry-after': '60' } })
  if (weak.length > 0) return deny(503, 'config.weak-secret', { detail: { weak }, headers: { 'retry-after': '60' } })
  return undefined
}
