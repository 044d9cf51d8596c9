import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OBJECTS, PRODUCT_SECRETS } from '../workerd/product.ts'
import { bundle, type Server, serve } from '../workerd/serve.ts'

/** How often the runtime is killed between an acknowledgement and the next read. */
const KILLS = 1000
/** How often it is killed before there is any. */
const KILLS_BEFORE = 100
/** So many runtimes live and die at the same time, each with a disk of its own. */
const LANES = 4

let main: string
let names: readonly string[]
let folder: string

beforeAll(async () => {
  main = await bundle('test/e2e/durability/wrangler.toml')
  folder = mkdtempSync(join(tmpdir(), 'portcullis-durability-'))
  const server = await start('names')
  names = (await (await fetch(server.url)).json()) as readonly string[]
  await server.stop()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const start = (lane: string): Promise<Server> => serve({ worker: { bundle: main, vars: PRODUCT_SECRETS, objects: OBJECTS }, storage: join(folder, lane) })

async function write({ url, log }: Server, name: string, n: number): Promise<void> {
  const response = await fetch(`${url}/${name}/${n}`, { method: 'POST' })
  if (response.status !== 204) throw new Error(`${name} did not take ${n}: ${response.status}\n${log()}`)
}

/** @returns what is there, in order. */
async function read({ url, log }: Server, name: string): Promise<readonly number[]> {
  const response = await fetch(`${url}/${name}`)
  if (response.status !== 200) throw new Error(`${name} cannot be read: ${response.status}\n${log()}`)
  return ((await response.json()) as number[]).toSorted((a, b) => a - b)
}

/** What a lane had acknowledged so far, by object, and by which object last. */
interface Acknowledged {
  readonly by: ReadonlyMap<string, number[]>
  last: string | undefined
}

/** Runs as many lives of a runtime as there are kills, in lanes; the objects take turns. In the end all that was acknowledged must be there, and nothing else. */
async function lives(kind: string, kills: number, live: (server: Server, name: string, n: number, acknowledged: Acknowledged) => Promise<void>) {
  const counts = await Promise.all(
    Array.from({ length: LANES }, async (_, lane) => {
      const acknowledged: Acknowledged = { by: new Map(names.map((name) => [name, []])), last: undefined }
      let died = 0
      for (let n = lane; n < kills; n += LANES) {
        const server = await start(`${kind}-${lane}`)
        try {
          const name = names[died % names.length] as string
          await live(server, name, n, acknowledged)
          acknowledged.by.get(name)?.push(n)
          acknowledged.last = name
        } finally {
          await server.kill()
        }
        died++
      }
      const last = await start(`${kind}-${lane}`)
      for (const [name, all] of acknowledged.by) expect(await read(last, name), `${name}, at the end of lane ${lane}`).toEqual(all)
      await last.stop()
      return died
    }),
  )
  return counts.reduce((sum, died) => sum + died, 0)
}

describe('a runtime that is killed, with its objects on disk', () => {
  it('has lost nothing that it acknowledged', { timeout: 600_000 }, async () => {
    const died = await lives('after', KILLS, async (server, name, n, { by, last }) => {
      if (last !== undefined) expect(await read(server, last), `${last}, before ${n}`).toEqual(by.get(last))
      await write(server, name, n)
    })
    expect(died).toBe(KILLS)
  })

  it('before it answered, does the same once more and not twice', { timeout: 600_000 }, async () => {
    let lost = 0
    const died = await lives('before', KILLS_BEFORE, async (server, name, n) => {
      const unanswered = write(server, name, n).catch(() => void lost++)
      // Earlier, later, and in the middle of it.
      await new Promise((resolve) => setTimeout(resolve, n % 10))
      await server.kill()
      await unanswered
      const next = await start(`before-${n % LANES}`)
      await write(next, name, n)
      await next.kill()
    })
    expect(died).toBe(KILLS_BEFORE)
    expect(lost, 'answers that never came').toBeGreaterThan(0)
  })
})
