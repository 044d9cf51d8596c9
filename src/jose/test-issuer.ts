import { base64url, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import type { Ports } from '../core/ports.ts'
import type { Algorithm } from './algorithms.ts'

/** The moment of the tests. */
export const NOW = Date.UTC(2026, 0, 1)
export const NOW_SECONDS = NOW / 1000

/** Settings that the tokens of {@link TestIssuer} satisfy; tests add the key set. */
export const SETTINGS = {
  issuer: 'https://issuer.example',
  audience: 'https://api.example.com',
  algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
  typ: 'at+jwt',
} satisfies { issuer: string; audience: string; algorithms: Algorithm[]; typ: string }

/** Claims of a good token. */
export const CLAIMS = {
  iss: SETTINGS.issuer,
  sub: 'ada',
  aud: SETTINGS.audience,
  exp: NOW_SECONDS + 300,
  iat: NOW_SECONDS,
  jti: 'token-1',
  scope: 'read write',
}

/** Writes a token's parts by hand; what is `undefined` is left out. */
export function part(value: unknown): string {
  return base64url.encode(typeof value === 'string' ? value : JSON.stringify(value))
}

/** A real key of a real algorithm, that signs what a test tells it to. */
export class TestIssuer {
  readonly alg: string
  readonly kid: string
  readonly privateKey: CryptoKey
  /** As an issuer publishes it. */
  readonly jwk: JWK

  private constructor(alg: string, kid: string, privateKey: CryptoKey, jwk: JWK) {
    this.alg = alg
    this.kid = kid
    this.privateKey = privateKey
    this.jwk = jwk
  }

  static async create(alg: string, kid: string): Promise<TestIssuer> {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
    return new TestIssuer(alg, kid, privateKey, { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' })
  }

  /** A good token, but for what the test changes. */
  token(claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}): Promise<string> {
    return new SignJWT({ ...CLAIMS, ...claims }).setProtectedHeader({ alg: this.alg, kid: this.kid, typ: 'at+jwt', ...header }).sign(this.privateKey)
  }

  /** Signs header and claims as they are, valid or not. Not for RSA-PSS. */
  async raw(header: unknown, claims: unknown): Promise<string> {
    const input = `${part(header)}.${part(claims)}`
    const { name } = this.privateKey.algorithm
    const signature = await crypto.subtle.sign({ name, hash: 'SHA-256' }, this.privateKey, new TextEncoder().encode(input))
    return `${input}.${base64url.encode(new Uint8Array(signature))}`
  }
}

/** An issuer's endpoint that a test rules: what it answers, and how often it was asked. */
export class TestEndpoint {
  calls = 0
  readonly requests: { url: string; init: RequestInit | undefined }[] = []
  answer: () => Response | Promise<Response>

  constructor(...keys: readonly JWK[]) {
    this.answer = () => Response.json({ keys })
  }

  publish(...keys: readonly JWK[]): void {
    this.answer = () => Response.json({ keys })
  }

  fail(status = 500): void {
    this.answer = () => new Response('no', { status })
  }

  async fetch(url: string, init?: RequestInit): Promise<Response> {
    this.calls++
    this.requests.push({ url, init })
    return await this.answer()
  }
}

/** A clock that stands until a test moves it. */
export class TestClock {
  time = NOW
  now(): number {
    return this.time
  }
  pass(ms: number): void {
    this.time += ms
  }
}

/** Ports with that endpoint as the network and as the binding `ISSUER`. */
export function portsWith(endpoint: TestEndpoint, clock: TestClock): Pick<Ports, 'clock' | 'network' | 'service'> {
  return { clock, network: endpoint, service: (name) => (name === 'ISSUER' ? endpoint : undefined) }
}
