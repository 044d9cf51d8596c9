import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * What a binding of the Secrets Store leads to: an entrypoint with `get()` over RPC, as wrangler's own local store has it. Which secret it is stands in the binding;
 * its value is asked of a {@link SecretsStore} each time.
 */
export const SECRETS_STORE = `
import { WorkerEntrypoint } from 'cloudflare:workers'
export class Secret extends WorkerEntrypoint {
  async get() {
    const response = await fetch('http://secrets.test/' + this.ctx.props.name)
    const text = await response.text()
    if (response.status !== 200) throw new Error(text)
    return text
  }
}
export default {}
`

/** A store whose secrets a test rules. */
export interface SecretsStore {
  readonly address: string
  /** By name; a name that is not there is not found. */
  readonly values: Map<string, string>
  /** Secrets that it does not give, and what it says then. */
  readonly failing: Map<string, string>
  /** How often it was asked. */
  asked: number
  stop(): Promise<void>
}

/** Starts a store on loopback. */
export async function startSecretsStore(values: Readonly<Record<string, string>>): Promise<SecretsStore> {
  const server = createServer((request, response) => {
    const name = request.url?.slice(1) ?? ''
    store.asked++
    const value = store.failing.has(name) ? undefined : store.values.get(name)
    response.writeHead(value === undefined ? 500 : 200).end(value ?? store.failing.get(name) ?? 'not found')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const store: SecretsStore = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    values: new Map(Object.entries(values)),
    failing: new Map(),
    asked: 0,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return store
}
