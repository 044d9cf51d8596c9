import { env } from 'cloudflare:workers'
import type { Ports } from '../../src/core/ports.ts'
import type { CompiledGateway } from '../../src/gateway/compiled.ts'
import { portsOf } from '../../src/platform/ports.ts'

/** What happens to calls of a port: none arrives, or each is done and its answer lost on the way back. */
export type Fault = 'out of reach' | 'answer lost'

/** The ports that operators change something by, over real objects that no other gateway of the tests has. */
export interface OperatorPorts {
  readonly ports: Pick<Ports, (typeof NAMES)[number] | 'limiter' | 'location'>
  /** The objects themselves. */
  readonly objects: Readonly<Record<(typeof OBJECTS)[number], Objects>>
  /** By `port` or `port.method`. */
  readonly faults: Map<string, Fault>
  /** The calls that arrived, as `port.method`. */
  readonly calls: string[]
}

type Objects = Pick<DurableObjectNamespace, 'getByName' | 'idFromName'>

const NAMES = ['audit', 'keys', 'runtime', 'limitOperator', 'revocations'] as const
const OBJECTS = ['AUDIT', 'KEYRING', 'LEDGER', 'RATE_LIMITER'] as const

let gateways = 0

/** Makes the ports of one gateway: its objects are real and named for it alone. */
export function operatorPorts(gateway: CompiledGateway): OperatorPorts {
  const faults: OperatorPorts['faults'] = new Map()
  const calls: string[] = []
  const bindings = env as unknown as Readonly<Record<string, unknown>>
  const of = `gateway-${++gateways}`
  const own = Object.fromEntries(OBJECTS.map((name) => [name, apart(bindings[name] as DurableObjectNamespace, of)])) as OperatorPorts['objects']
  const real = portsOf({ ...bindings, ...own }, gateway.state, { audit: gateway.audit?.settings })
  const thin = <P extends object>(name: string, port: P) => breakable(name, port, faults, calls)
  const { limiter, location } = real
  const ports = {
    audit: thin('audit', real.audit),
    keys: thin('keys', real.keys),
    runtime: thin('runtime', real.runtime),
    limitOperator: thin('limitOperator', real.limitOperator),
    revocations: thin('revocations', real.revocations),
  }
  return { ports: { ...ports, limiter, location }, objects: own, faults, calls }
}

function apart(namespace: DurableObjectNamespace, of: string): Objects {
  return {
    getByName: (name, options) => namespace.getByName(`${of}|${name}`, options),
    idFromName: (name) => namespace.idFromName(`${of}|${name}`),
  }
}

/** The port itself, but for what is to go wrong on the way to it. */
function breakable<P extends object>(name: string, port: P, faults: OperatorPorts['faults'], calls: string[]): P {
  return new Proxy(port, {
    get(target, method) {
      const member: unknown = Reflect.get(target, method)
      if (typeof member !== 'function') return member
      return (...given: unknown[]) => {
        const call = `${name}.${String(method)}`
        const fault = faults.get(call) ?? faults.get(name)
        if (fault === 'out of reach') return Promise.reject(new Error(`${name} is out of reach`))
        calls.push(call)
        const answer: unknown = Reflect.apply(member, target, given)
        if (fault === undefined) return answer
        return Promise.resolve(answer).then(() => Promise.reject(new Error('the answer was lost')))
      }
    },
  })
}
