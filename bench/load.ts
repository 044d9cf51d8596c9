import { connect } from 'node:net'

/** What the generator is to do. */
export interface Load {
  readonly port: number
  /** Requests as they stand on the wire, sent in turn. */
  readonly requests: readonly string[]
  /** How many are sent in all. */
  readonly count: number
  /** Connections kept open, each with one request under way: no pipelining. */
  readonly connections: number
  /** The status that each response must have. */
  readonly status: number
}

const PATIENCE_MS = 120_000
const HEAD_END = Buffer.from('\r\n\r\n')
const LAST_CHUNK = Buffer.from('0\r\n\r\n')

/**
 * Sends `count` requests over kept connections, as fast as they are answered.
 * @returns the seconds from the first byte out to the last byte in.
 * @throws when a response has another status, a connection ends, or nothing moves for two minutes: a figure is then worth nothing.
 */
export function load({ port, requests, count, connections, status }: Load): Promise<number> {
  const wire = requests.map((request) => Buffer.from(request, 'latin1'))
  const wanted = String(status)
  return new Promise((done, failed) => {
    const sockets = Array.from({ length: Math.min(connections, count) }, () => connect({ port, host: '127.0.0.1', noDelay: true }))
    let sent = 0
    let answered = 0
    let startedAt = 0n
    const end = (error?: Error) => {
      clearTimeout(patience)
      for (const socket of sockets) {
        socket.removeAllListeners()
        socket.on('error', () => {})
        socket.destroy()
      }
      if (error) failed(error)
      else done(Number(process.hrtime.bigint() - startedAt) / 1e9)
    }
    const patience = setTimeout(() => end(new Error(`${answered} of ${count} requests were answered in ${PATIENCE_MS} ms`)), PATIENCE_MS)
    let open = 0
    for (const socket of sockets) {
      let pending: Buffer = Buffer.alloc(0)
      const next = () => {
        if (sent >= count) return
        socket.write(wire[sent % wire.length] as Buffer)
        sent += 1
      }
      socket.on('error', end)
      socket.on('close', () => end(new Error('the server closed a connection')))
      socket.on('connect', () => {
        open += 1
        if (open < sockets.length) return
        startedAt = process.hrtime.bigint()
        for (const each of sockets) each.emit('go')
      })
      socket.on('go', next)
      socket.on('data', (chunk: Buffer) => {
        pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
        const length = completeLength(pending)
        if (length === undefined) return
        const got = pending.toString('latin1', 9, 12)
        if (got !== wanted) return end(new Error(`a request was answered ${got}, not ${wanted}: ${pending.toString('latin1', 0, 2000)}`))
        pending = pending.subarray(length)
        answered += 1
        if (answered === count) end()
        else next()
      })
    }
  })
}

/** @returns the length of the response that stands at the start, once all of it is there. */
function completeLength(pending: Buffer): number | undefined {
  const head = pending.indexOf(HEAD_END)
  if (head < 0) return undefined
  const fields = pending.toString('latin1', 0, head).toLowerCase()
  const at = fields.indexOf('\r\ncontent-length: ')
  if (at >= 0) {
    const total = head + 4 + Number.parseInt(fields.slice(at + 18, at + 30), 10)
    return pending.length >= total ? total : undefined
  }
  if (!fields.includes('\r\ntransfer-encoding: chunked')) return head + 4
  const last = pending.indexOf(LAST_CHUNK, head + 4)
  return last < 0 ? undefined : last + LAST_CHUNK.length
}
