import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A listener that can be killed. */
export interface Door {
  readonly address: string
  /** Closes the port and every connection: from now on connections are refused. */
  kill(): Promise<void>
  /** Listens on the same port again. */
  revive(): Promise<void>
}

/** Opens a loopback port of its own. */
export async function openDoor(answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>): Promise<Door> {
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()))
  const listen = (port: number) => new Promise<void>((listening) => server.listen(port, '127.0.0.1', () => listening()))
  await listen(0)
  const { port } = server.address() as AddressInfo
  return {
    address: `127.0.0.1:${port}`,
    kill: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
    revive: () => listen(port),
  }
}
