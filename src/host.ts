import { type Deny, deny } from './core/decision.ts'
import type { Ports } from './core/ports.ts'
import type { Reason } from './core/reason.ts'
import type { CompiledGateway } from './gateway/compiled.ts'
import { lastResort } from './gateway/last-resort.ts'
import { handle } from './gateway/pipeline.ts'
import { CLOCK, logNotice, missingBindings, portsOf } from './platform/ports.ts'
import { Secrets } from './platform/secrets.ts'

/** What the platform binds to the Worker, by name. */
export type Bindings = Readonly<Record<string, unknown>>

/** A Worker that is a gateway. */
export interface GatewayWorker {
  fetch(request: Request, env: Bindings, context: ExecutionContext): Response | Promise<Response>
}

/** What does not change as long as the bindings are the same, but for what secrets tell. */
interface Ready {
  readonly env: Bindings
  readonly secrets: Secrets
  readonly ports: Ports
  /** Why nothing may pass, by these secrets. */
  refusal: { readonly deny: Deny | undefined; readonly version: number } | undefined
}

/** Makes a Worker of a gateway. What it needs from `env` is checked on the first request, and nothing passes while something is missing. */
export function hostGateway(gateway: CompiledGateway): GatewayWorker {
  let ready: Ready | undefined
  return {
    fetch(request, env, context) {
      const broken = (error: unknown) => lastResort(gateway, ready?.ports, context, error)
      try {
        if (ready?.env !== env) ready = readyOf(gateway, env)
        const current = ready
        const answer = () => handle(gateway, request, current.ports, context, refusalNow(gateway, current))
        const reading = current.secrets.refresh(context)
        const response = reading === undefined ? answer() : reading.then(answer)
        return response instanceof Promise ? response.catch(broken) : response
      } catch (error) {
        return broken(error)
      }
    },
  }
}

function readyOf(gateway: CompiledGateway, env: Bindings): Ready {
  const secrets = new Secrets(env, gateway, { clock: CLOCK, notice: logNotice })
  return {
    env,
    secrets,
    ports: portsOf(env, gateway.state, { secrets, pseudonymKeys: gateway.record.pseudonymKeys, audit: gateway.audit?.settings }),
    refusal: undefined,
  }
}

function refusalNow(gateway: CompiledGateway, ready: Ready): Deny | undefined {
  const { version } = ready.secrets
  if (ready.refusal?.version !== version) ready.refusal = { deny: refusalOf(gateway, ready), version }
  return ready.refusal.deny
}

function refusalOf(gateway: CompiledGateway, { env, secrets }: Ready): Deny | undefined {
  const missing = missingBindings(gateway.bindings, env)
  if (missing.length > 0) return refuse('config.missing-binding', { missing })
  if (secrets.unread.length > 0) return refuse('config.secret-store', { unread: secrets.unread })
  const empty = gateway.secrets.filter((name) => secrets.get(name) === undefined)
  if (empty.length > 0) return refuse('config.missing-binding', { missing: empty })
  const weak = gateway.strongSecrets.filter((name) => secrets.isWeak(name))
  return weak.length > 0 ? refuse('config.weak-secret', { weak }) : undefined
}

function refuse(reason: Reason, detail: unknown): Deny {
  return deny(503, reason, { detail, headers: { 'retry-after': '60' } })
}
