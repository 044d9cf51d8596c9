import type { Ports } from '../../core/ports.ts'

/** The moment of the tests. */
export const NOW = Date.UTC(2026, 0, 1)
export const NOW_SECONDS = NOW / 1000

/** A secret that must be form-urlencoded before it is sent. */
export const SECRET = 'p:ss wörd+&='

/** Settings that the answers of {@link TestEndpoint} satisfy. */
export const SETTINGS = {
  issuer: 'https://issuer.example',
  endpoint: { url: 'https://issuer.example/introspect' },
  client: { id: 'the gateway', secret: 'INTROSPECTION_SECRET' },
  audience: 'https://api.example.com',
} as const

/** What the endpoint says of a good token. */
export const ANSWER = {
  active: true,
  iss: SETTINGS.issuer,
  sub: 'ada',
  aud: SETTINGS.audience,
  exp: NOW_SECONDS + 3600,
  client_id: 'app',
  scope: 'read write',
  token_type: 'Bearer',
  jti: 'token-1',
}

/** A request as the endpoint saw it. */
export interface Asked {
  readonly url: string
  readonly init: RequestInit
  readonly form: URLSearchParams
}

/** An introspection endpoint that a test rules: what it answers, and what it was asked. */
export class TestEndpoint {
  readonly asked: Asked[] = []
  /** How often a discovery document was fetched. */
  discoveries = 0
  answer: (asked: Asked) => Response | Promise<Response> = () => Response.json(ANSWER)
  configuration: () => Response | Promise<Response> = () => Response.json({ issuer: SETTINGS.issuer, introspection_endpoint: 'https://tokens.example/ask' })

  get calls(): number {
    return this.asked.length
  }

  /** Says so of every token; `undefined` leaves a member out. */
  says(changes: Record<string, unknown> = {}): void {
    this.answer = () => Response.json({ ...ANSWER, ...changes })
  }

  fail(status = 500): void {
    this.answer = () => new Response('no', { status })
  }

  /** Keeps answers back until `open` is called. */
  hold(): { open(): void } {
    const answer = this.answer
    const gate = Promise.withResolvers<void>()
    this.answer = (asked) => gate.promise.then(() => answer(asked))
    return { open: gate.resolve }
  }

  async fetch(url: string, init: RequestInit = {}): Promise<Response> {
    if (url.endsWith('/.well-known/openid-configuration')) {
      this.discoveries++
      return await this.configuration()
    }
    const asked = { url, init, form: new URLSearchParams(String(init.body)) }
    this.asked.push(asked)
    return await this.answer(asked)
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

/** Ports with that endpoint as the network and as the binding `ISSUER`, the secret, and a list of what the operator is told. */
export function portsWith(endpoint: TestEndpoint, clock: TestClock, notices: string[] = []): Partial<Ports> {
  return {
    clock,
    network: endpoint,
    service: (name) => (name === 'ISSUER' ? endpoint : undefined),
    secret: (name) => (name === SETTINGS.client.secret ? SECRET : undefined),
    notice: (reason, detail) => void notices.push(`${reason} ${detail}`),
  }
}
