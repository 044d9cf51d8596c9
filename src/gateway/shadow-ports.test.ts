import { describe, expect, it } from 'vitest'
import { exchange } from '../../test/exchange.ts'
import type { Ports } from '../core/ports.ts'
import { LedgerWorld, stopOf } from '../ledger/test-ledger.ts'
import { shadowPorts } from './shadow-ports.ts'

/** What was asked of the ports, as `port.method`. */
function spied(): { readonly ports: Ports; readonly asked: string[] } {
  const asked: string[] = []
  const port = <Name extends keyof Ports>(name: Name) =>
    new Proxy({} as Ports[Name] & object, { get: (_target, method) => () => Promise.resolve(void asked.push(`${name}.${String(method)}`)) })
  const { ports } = exchange({ ports: { keys: port('keys'), limitOperator: port('limitOperator'), audit: port('audit') } })
  return { ports, asked }
}

describe('the ports of a control that only reports', () => {
  it('look at keys and the trail, and change neither', async () => {
    const { ports, asked } = spied()
    const { keys, audit, limitOperator } = shadowPorts(ports)
    const caller = exchange()
    const anything = {} as never
    await Promise.allSettled([
      keys.find('k', anything, caller),
      keys.used(anything, caller),
      keys.rehash('k', anything, anything, caller),
      keys.read('k'),
      keys.create(anything),
      keys.rotate('k', anything, 0),
      keys.revoke('k', 'by', 'why'),
      keys.revokeOwner('o', 'by', 'why'),
      keys.list(anything),
      audit.begin(anything),
      audit.end('i', anything),
      audit.note(anything, caller.background),
      audit.entries(0, 1),
      audit.checkpoints(0, 1),
      audit.checkpoint(),
      audit.status(),
      limitOperator.override('o', 'c', undefined),
      limitOperator.liftBan('o', 'c'),
    ])
    expect(asked).toEqual(['keys.find', 'keys.read', 'keys.list', 'audit.entries', 'audit.checkpoints', 'audit.status'])
  })

  it('say so where something would have to come of it', async () => {
    const { keys, audit } = shadowPorts(spied().ports)
    for (const change of [keys.create({} as never), keys.rotate('k', {} as never, 0), keys.revoke('k', 'by', 'why'), audit.begin({} as never)]) {
      await expect(change).rejects.toThrow('changes nothing')
    }
  })

  it('know the rules, and add and end none', async () => {
    const world = new LedgerWorld()
    const [id = ''] = world.rule(stopOf())
    const x = exchange({ ports: { runtime: world.isolate().runtime } })
    const { runtime } = shadowPorts(x.ports)
    expect([await runtime.add([stopOf({ zone: 'web' })]), await runtime.remove([id])]).toEqual([[], []])
    const rules = await runtime.current({ maxStalenessMs: 5000, failAfterMs: 5000 }, x)
    expect([rules.stopOf('api', 'GET /a', world.time)?.id, (await runtime.list('', 10)).map((rule) => rule.id)]).toEqual([id, [id]])
  })

  it('are made without asking a port that is not bound', () => {
    expect(() => shadowPorts(exchange().ports)).not.toThrow()
  })
})
