import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** A request as an origin saw it, byte for byte. */
export interface Received {
  readonly method: string
  /** The request target as it stood on the wire. */
  readonly target: string
  /** Fields in their order and spelling. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly body: Buffer
}

/** How an origin answers. It may write slowly, never, or destroy the socket. */
export type Answer = (received: Received, response: ServerResponse, request: IncomingMessage) => void | Promise<void>

/** A real HTTP server on loopback that remembers what it was asked. */
export interface Origin {
  readonly port: number
  /** `127.0.0.1:port`, for a `Target`. */
  readonly address: string
  /** Every request since the start or the last `forget`, oldest first. */
  readonly received: readonly Received[]
  /** The only request; a test that expects one says so with this. */
  only(): Received
  forget(): void
  /** Answers from now on with this; without an argument as at first: 200 and `{"ok":true}`. */
  answer(next?: Answer): void
  /** Called for requests with `Upgrade`; without it they are refused with 400. */
  onUpgrade(next: (request: IncomingMessage, socket: Duplex) => void): void
  stop(): Promise<void>
}

/** @returns all values of one field, in order; names compared without case. */
export function values(received: Received, name: string): readonly string[] {
  return received.fields.filter(([field]) => field.toLowerCase() === name.toLowerCase()).map(([, value]) => value)
}

const plain: Answer = (_received, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}')
}

/** Starts an origin on a free loopback port. A body is read whole before the answer is asked for. */
export async function startOrigin(first: Answer = plain): Promise<Origin> {
  const received: Received[] = []
  const sockets = new Set<Socket>()
  let current = first
  let upgrade: ((request: IncomingMessage, socket: Duplex) => void) | undefined
  const server = createServer({ insecureHTTPParser: false, keepAliveTimeout: 60_000 }, (request, response) => {
    void take(request)
      .then((taken) => {
        received.push(taken)
        return current(taken, response, request)
      })
      .catch(() => response.destroy())
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('upgrade', (request, socket) => {
    received.push({ method: request.method ?? '', target: request.url ?? '', fields: fieldsOf(request), body: Buffer.alloc(0) })
    if (upgrade) upgrade(request, socket)
    else socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
  })
  const port = await listen(server)
  return {
    port,
    address: `127.0.0.1:${port}`,
    received,
    only() {
      const [one, ...more] = received
      if (one === undefined || more.length > 0) throw new Error(`the origin was asked ${received.length} times, not once`)
      return one
    },
    forget: () => void received.splice(0),
    answer: (next = first) => {
      current = next
    },
    onUpgrade: (next) => {
      upgrade = next
    },
    stop: () =>
      new Promise((done) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => done())
      }),
  }
}

async function take(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return { method: request.method ?? '', target: request.url ?? '', fields: fieldsOf(request), body: Buffer.concat(chunks) }
}

function fieldsOf(request: IncomingMessage): readonly (readonly [string, string])[] {
  const fields: [string, string][] = []
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) fields.push([request.rawHeaders[at] as string, request.rawHeaders[at + 1] as string])
  return fields
}

function listen(server: HttpServer): Promise<number> {
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port)))
}
