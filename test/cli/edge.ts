import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CF_HEADER, PROTO_HEADER } from '../workerd/serve.ts'

/** The edge between the command line and a Worker in `workerd serve`: says what Cloudflare would, for clients that know only its address on this machine. */
export interface Edge {
  /** `http://127.0.0.1:port` */
  readonly url: string
  /** From now on, so many answers are lost on their way back, once the Worker has given them. */
  lose(answers: number): void
  close(): Promise<void>
}

/** What the edge makes of each request. */
export interface EdgeFacts {
  /** Where the Worker listens. */
  readonly port: number
  /** The host that clients asked for. */
  readonly host: string
  readonly ip?: string
  readonly cf?: Readonly<Record<string, unknown>>
}

/** Opens one on a free port. */
export async function openEdge({ port, host, ip = '192.0.2.1', cf = { country: 'SE', tlsVersion: 'TLSv1.3' } }: EdgeFacts): Promise<Edge> {
  let lost = 0
  const server = createServer((incoming, response) => {
    const headers = { ...incoming.headers, host, [PROTO_HEADER]: 'https', [CF_HEADER]: JSON.stringify(cf), 'cf-connecting-ip': ip }
    const outgoing = request({ host: '127.0.0.1', port, method: incoming.method, path: incoming.url, headers }, (answer) => {
      if (lost > 0) {
        lost--
        // All of it was given: only then is the connection broken off.
        answer.resume().once('end', () => response.destroy())
        return
      }
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
      answer.pipe(response)
    })
    outgoing.once('error', () => response.destroy())
    incoming.pipe(outgoing)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lose(answers) {
      lost = answers
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}
