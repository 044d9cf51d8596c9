import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** A request as it arrived, while its body still comes. */
export interface Arrived {
  readonly method: string
  /** The request target as it stood on the wire. */
  readonly target: string
  /** Fields in their order and spelling. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** Body bytes so far. */
  bytes: number
  /** The whole body; rejects when the connection broke before its end. */
  readonly body: Promise<Buffer>
  /** When its connection was closed before the response was complete. */
  readonly abandoned: Promise<void>
}

/** How the origin answers: at once, slowly, never. */
export type Answer = (arrived: Arrived, response: ServerResponse) => void | Promise<void>

/** What answers the requests of one host, untouched by the recorder. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => unknown

/** Everything that the Worker can reach: one loopback server that plays every host. Unlike the harness's origin it answers before a body has ended. */
export interface Outside {
  readonly port: number
  readonly address: string
  /** What hosts without a handler received, oldest first. */
  readonly received: readonly Arrived[]
  /** The only request since the last `forget`. */
  only(): Arrived
  forget(): void
  /** How the recorded hosts answer from now on; without an argument as at first. */
  answer(next?: Answer): void
  /** What to do with an upgraded connection. */
  onUpgrade(next: (request: IncomingMessage, socket: Duplex) => void): void
  stop(): Promise<void>
}

const plain: Answer = async ({ body }, response) => {
  await body
  response.writeHead(200, { 'content-type': 'application/json', server: 'origin/1', 'x-powered-by': 'tests' }).end('{"ok":true}')
}

/** Starts the server. `hosts`: who answers for a host; everybody else's requests are recorded. */
export async function startOutside(hosts: Readonly<Record<string, Handler>>): Promise<Outside> {
  const received: Arrived[] = []
  const sockets = new Set<Socket>()
  let answer = plain
  let upgrade: ((request: IncomingMessage, socket: Duplex) => void) | undefined
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const handler = hosts[request.headers.host ?? '']
    const done = handler === undefined ? answer(record(request, response), response) : handler(request, response)
    Promise.resolve(done).catch(() => response.destroy())
  })
  const record = (request: IncomingMessage, response: ServerResponse): Arrived => {
    const arrived = arrivedOf(request, response)
    received.push(arrived)
    return arrived
  }
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('upgrade', (request, socket) => {
    const done = Promise.resolve()
    received.push({
      method: request.method ?? '',
      target: request.url ?? '',
      fields: fieldsOf(request),
      bytes: 0,
      body: done.then(() => Buffer.alloc(0)),
      abandoned: done,
    })
    if (upgrade === undefined) socket.destroy()
    else upgrade(request, socket)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', () => listening()))
  const { port } = server.address() as AddressInfo
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
    answer: (next = plain) => {
      answer = next
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

function arrivedOf(request: IncomingMessage, response: ServerResponse): Arrived {
  const chunks: Buffer[] = []
  const arrived: Arrived = {
    method: request.method ?? '',
    target: request.url ?? '',
    fields: fieldsOf(request),
    bytes: 0,
    body: new Promise((whole, broken) => {
      request.on('end', () => whole(Buffer.concat(chunks)))
      request.on('error', broken)
    }),
    abandoned: new Promise((abandoned) => {
      response.on('close', () => {
        if (!response.writableFinished) abandoned()
      })
    }),
  }
  request.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    arrived.bytes += chunk.byteLength
  })
  // An answer that does not look at the body need not care how it ends.
  arrived.body.catch(() => {})
  return arrived
}

function fieldsOf(request: IncomingMessage): Arrived['fields'] {
  const fields: [string, string][] = []
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) fields.push([request.rawHeaders[at] as string, request.rawHeaders[at + 1] as string])
  return fields
}

/** @returns all values of one field, in order; names compared without case. */
export function values({ fields }: Pick<Arrived, 'fields'>, name: string): readonly string[] {
  return fields.filter(([field]) => field.toLowerCase() === name.toLowerCase()).map(([, value]) => value)
}
