import { formatIp, parseIp } from '../lib/ip.ts'
import type { RequestHeaders } from '../lib/request-headers.ts'
import type { Caller } from './exchange.ts'

/** The address that every Worker of every Cloudflare customer calls other zones from. */
const SHARED_WORKER_ADDRESS = '2a06:98c0:3600::103'

/** 240.0.0.0: from here on addresses belong to no host (RFC 1112 §4); Cloudflare's Pseudo IPv4 writes a hash of an IPv6 address there. */
const RESERVED_V4 = 0xf0000000

/**
 * Finds out who is at the other end, from what Cloudflare itself writes: `CF-Connecting-IP`, strictly read, and `CF-Worker`.
 * Every other header about the client's address is the client's own word and is not looked at.
 * A Worker's zone is believed only together with the shared Worker address: a client can send `CF-Worker` too, and a Worker of the same zone
 * chooses its `CF-Connecting-IP` itself.
 */
export function callerOf(headers: Pick<RequestHeaders, 'get'>): Caller {
  const written = headers.get('cf-connecting-ip')
  const ip = written === null ? undefined : parseIp(written)
  const address = ip === undefined || (ip.family === 4 && ip.bits >= RESERVED_V4) ? undefined : formatIp(ip)
  const worker = headers.get('cf-worker')
  if (address === SHARED_WORKER_ADDRESS) return { kind: 'worker', zone: worker ?? '' }
  if (worker !== null) return { kind: 'worker', zone: '' }
  return address === undefined ? UNKNOWN : { kind: 'client', ip: address }
}

const UNKNOWN: Caller = { kind: 'unknown' }
