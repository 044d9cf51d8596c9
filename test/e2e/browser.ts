import { createHash, randomBytes } from 'node:crypto'
import type { Answered, Ask } from './exchange.ts'
import { ACR, APP, AUDIENCE, CLIENT_SECRET, ISSUER, REDIRECT_URI } from './provider.ts'

/** What an application is given for a user who logged in. */
export interface Tokens {
  readonly access_token: string
  readonly id_token: string
  readonly refresh_token: string
}

/** How a user logs in. */
export interface Login {
  readonly user: string
  /** Default: by password. */
  readonly acr?: string
  /** Seconds since the epoch. Default: now. */
  readonly authenticatedAt?: number
  readonly resource?: string
  /** What the application asks of the login beside: `max_age`, `acr_values`, `prompt`. */
  readonly wanted?: Readonly<Record<string, string>>
}

/** A browser with its cookies and the application whose page it shows (authorization code with PKCE, RFC 7636). */
export interface Browser {
  /** Goes through the whole flow. A user who has a session is asked only if the application wants it. */
  logIn(login: Login): Promise<Tokens>
}

/** Sends a request to the issuer. */
export type AskIssuer = (target: string, ask?: Ask) => Promise<Answered>

/** Opens a browser that knows nobody. */
export function openBrowser(ask: AskIssuer): Browser {
  const cookies = new Map<string, string>()
  const get = async (target: string): Promise<URL> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const { status, headers, body } = await ask(target, { headers: { cookie } })
    for (const [, name = '', value = ''] of (headers['set-cookie'] ?? []).map((line) => /^([^=]+)=([^;]*)/.exec(line) ?? [])) {
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    if (headers.location === undefined) throw new Error(`the issuer leads nowhere from ${target}: ${status} ${body}`)
    return new URL(headers.location, ISSUER)
  }
  return {
    async logIn({ user, acr = ACR.password, authenticatedAt = Math.floor(Date.now() / 1000), resource = AUDIENCE, wanted = {} }) {
      const verifier = randomBytes(32).toString('base64url')
      const asked = new URLSearchParams({
        client_id: APP,
        response_type: 'code',
        redirect_uri: REDIRECT_URI,
        scope: 'openid offline_access users:read',
        resource,
        state: randomBytes(8).toString('hex'),
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
        prompt: 'consent',
        ...wanted,
      })
      let at = await get(`/auth?${asked}`)
      for (let steps = 0; at.origin === ISSUER; steps++) {
        if (steps > 5) throw new Error('the issuer leads in circles')
        if (at.pathname.startsWith('/interaction/')) at.search = new URLSearchParams({ user, acr, authenticatedAt: String(authenticatedAt) }).toString()
        at = await get(at.pathname + at.search)
      }
      const { code, state } = Object.fromEntries(at.searchParams)
      if (code === undefined || state !== asked.get('state')) throw new Error(`no code came back: ${at.href}`)
      const answer = await ask('/token', form(APP, { grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI, code_verifier: verifier, resource }))
      if (answer.status !== 200) throw new Error(`the issuer gave no tokens: ${answer.status} ${answer.body}`)
      return JSON.parse(answer.body.toString()) as Tokens
    },
  }
}

/** A form that a client sends to the issuer, with its password. */
export function form(client: string, fields: Readonly<Record<string, string>>): Ask {
  return {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${client}:${encodeURIComponent(CLIENT_SECRET)}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams(fields).toString(),
  }
}
