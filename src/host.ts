import type { Deny } from './core/decision.ts'
import { deny } from './core/decision.ts'
import type { Ports } from './core/ports.ts'
import type { CompiledGateway } from './gateway/compiled.ts'
import { handle } from './gateway/pipeline.ts'
import { missingBindings, portsOf } from './platform/ports.ts'

/** What the platform binds to the Worker, by name. */
export type Bindings = Readonly<Record<string, unknown>>

/** Makes a Worker of a gateway. What it needs from `env` is checked on the first request, and nothing passes while something is missing. */
export function hostGateway(gateway: CompiledGateway): ExportedHandler<Bindings> {
  let ready: { readonly env: Bindings; readonly ports: Ports; readonly refusal: Deny | undefined } | undefined
  return {
    fetch(request, env, context) {
      if (ready?.env !== env) ready = { env, ports: portsOf(env, gateway.state), refusal: refusalOf(gateway, env) }
      return handle(gateway, request, ready.ports, context, ready.refusal)
    },
  }
}

function refusalOf(gateway: CompiledGateway, env: Bindings): Deny | undefined {
  const missing = missingBindings(gateway.bindings, env)
  if (missing.length === 0) return undefined
  return deny(503, 'config.missing-binding', { detail: { missing }, headers: { 'retry-after': '60' } })
}
