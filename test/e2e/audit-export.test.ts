import { afterAll, beforeAll, expect, it } from 'vitest'
import { linesOf } from '../../src/audit/lines.ts'
import type { SettingsMessage } from '../../src/audit/message.ts'
import { verifyTrail } from '../../src/audit/verify.ts'
import { TrailServer } from '../audit/trail-server.ts'
import { type Answer, type Origin, type Received, startOrigin, values } from '../workerd/origin.ts'

let sink: Origin
let server: TrailServer
beforeAll(async () => {
  sink = await startOrigin()
  server = new TrailServer({ address: sink.address })
  await server.start()
})
afterAll(async () => {
  await server.stop()
  await sink.stop()
})

const settings: SettingsMessage = { signingKeys: ['AUDIT_SIGNING_KEY'], retentionDays: 90, sink: { url: 'https://logs.example/take?key=a-secret' } }
const EVENT = { type: 'decision.revocation-used', actor: '', target: 'api GET /', outcome: 'revocation.subject', facts: {} }
const write = async (number: number) => {
  await server.call('note', { settings, events: Array.from({ length: number }, () => EVENT) })
  await server.call('checkpoint', { settings })
}
const nameOf = (received: Received) => values(received, 'idempotency-key')[0] as string

/** @returns the next request that comes, and answers it as the test likes. */
function next(answer: Answer): Promise<Received> {
  return new Promise((come) => {
    sink.answer((received, response, request) => {
      come(received)
      return answer(received, response, request)
    })
  })
}

const kept = new Map<string, Buffer>()
const keeping: Answer = (received, response) => {
  kept.set(nameOf(received), received.body)
  response.writeHead(204).end()
}

it('a batch that was on its way when workerd was killed is sent again, the same under the same name, and the rest follows in order', async () => {
  const first = next(() => {
    // Neither kept nor answered.
  })
  await write(3)
  const lost = await first
  await server.kill()
  const second = next(keeping)
  await server.start()
  await write(2)
  const again = await second
  expect([nameOf(again), again.body.toString()]).toEqual([nameOf(lost), lost.body.toString()])
  expect([again.method, again.target, values(again, 'portcullis-audit-first'), values(again, 'portcullis-audit-last')]).toEqual([
    'POST',
    '/take?key=a-secret',
    ['1'],
    ['3'],
  ])
  const third = next(keeping)
  await write(2)
  // It may have come already, behind the one before.
  if (kept.size < 2) await third
  const text = [...kept].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, body]) => body)
  const report = await verifyTrail(linesOf(text), { publicKeys: await server.keys() })
  expect(report).toMatchObject({ verdict: 'whole', firstSeq: 1, unsignedTail: 0 })
  expect(report.lastSeq).toBeGreaterThanOrEqual(5)
}, 60_000)

it('says why a sink has nothing, by its host alone', async () => {
  const refused = next((_received, response) => void response.writeHead(500).end('a-secret'))
  await write(1)
  await refused
  let error: string | undefined
  // The object writes down what it heard as soon as it hears it; there is no event to wait for outside but the answer itself.
  while (error === undefined) error = (await server.call<{ readonly exportError?: string }>('status', { settings })).exportError
  expect(error).toBe('logs.example answered 500')
  expect(server.log()).toContain('"reason":"audit.sink"')
  expect(server.log()).not.toContain('a-secret')
})
