import { base64url } from 'jose'
import type { Ports } from '../../core/ports.ts'
import { NOW_SECONDS, SETTINGS, type TestClock, type TestIssuer } from '../../jose/test-issuer.ts'
import type { StatusBits } from './statuses.ts'

/** The list that most tests are about. */
export const URI = 'https://lists.example/status/1'

/** Packs statuses as the draft says it, bit by bit: slow, and on its own. */
export function pack(statuses: readonly number[], bits: StatusBits): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(Math.ceil((statuses.length * bits) / 8))
  for (const [index, status] of statuses.entries()) {
    for (let bit = 0; bit < bits; bit++) {
      const place = index * bits + bit
      if ((status >> bit) % 2 === 1) packed[Math.floor(place / 8)] = (packed[Math.floor(place / 8)] as number) + 2 ** (place % 8)
    }
  }
  return packed
}

/** Compresses; by default in the format that lists have. */
export async function deflate(bytes: Uint8Array<ArrayBuffer>, format: 'deflate' | 'deflate-raw' | 'gzip' = 'deflate'): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream(format))).arrayBuffer())
}

/** @returns the claim `status_list` of these statuses. */
export async function listOf(statuses: readonly number[], bits: StatusBits = 1): Promise<{ readonly bits: StatusBits; readonly lst: string }> {
  return { bits, lst: base64url.encode(await deflate(pack(statuses, bits))) }
}

/** Signs a list; what is `undefined` is left out. */
export async function signList(
  issuer: TestIssuer,
  statuses: readonly number[],
  claims: Readonly<Record<string, unknown>> = {},
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const { alg, kid } = issuer
  return await issuer.raw(
    { alg, kid, typ: 'statuslist+jwt', ...header },
    { iss: SETTINGS.issuer, sub: URI, iat: NOW_SECONDS, status_list: await listOf(statuses), ...claims },
  )
}

/** @returns a response as the host of a list gives it. */
export function listResponse(compact: string, init: ResponseInit = {}): Response {
  return new Response(compact, { ...init, headers: { 'content-type': 'application/statuslist+jwt', ...init.headers } })
}

/** The hosts of lists and of the issuer's keys, as a test rules them. */
export class TestHosts {
  /** The addresses of lists that were asked for, in order. */
  readonly asked: string[] = []
  readonly inits: (RequestInit | undefined)[] = []
  readonly notices: string[] = []
  readonly location = new Map<string, string>()
  readonly #clock: TestClock
  readonly #keys: () => Response
  readonly #lists = new Map<string, () => Response | Promise<Response>>()
  keyRequests = 0

  constructor(clock: TestClock, issuer: TestIssuer) {
    this.#clock = clock
    this.#keys = () => Response.json({ keys: [issuer.jwk] })
  }

  answer(uri: string, answer: () => Response | Promise<Response>): void {
    this.#lists.set(uri, answer)
  }

  publish(compact: string, uri = URI): void {
    this.answer(uri, () => listResponse(compact))
  }

  async fetch(url: string, init?: RequestInit): Promise<Response> {
    if (url === KEYS_URL) {
      this.keyRequests++
      return this.#keys()
    }
    this.asked.push(url)
    this.inits.push(init)
    return (await this.#lists.get(url)?.()) ?? new Response('no such list', { status: 404 })
  }

  /** Ports with these hosts as the network and as the binding `LISTS`. */
  ports(): Pick<Ports, 'clock' | 'network' | 'service' | 'location' | 'notice'> {
    return {
      clock: this.#clock,
      network: this,
      service: (name) => (name === 'LISTS' ? this : undefined),
      location: {
        get: (key) => Promise.resolve(this.location.get(key)),
        put: (key, text) => Promise.resolve(void this.location.set(key, text)),
      },
      notice: (reason, detail) => void this.notices.push(`${reason} ${detail}`),
    }
  }
}

/** Where the issuer of the tests publishes its keys. */
export const KEYS_URL = 'https://issuer.example/jwks'
