import type { Ports } from '../../core/ports.ts'
import type { IntrospectionSettings } from './settings.ts'

/** What a request carries so that the issuer knows who asks. */
export interface ClientCredentials {
  readonly headers: Readonly<Record<string, string>>
  /** Members of the form in its body. */
  readonly form: Readonly<Record<string, string>>
}

/** @returns the client's credentials as its method sends them (RFC 6749 §2.3.1); undefined when the secret is not set. */
export function credentialsOf({ id, secret, method }: IntrospectionSettings['client'], ports: Pick<Ports, 'secret'>): ClientCredentials | undefined {
  const password = ports.secret(secret)
  if (password === undefined) return undefined
  if (method === 'client_secret_post') return { headers: {}, form: { client_id: id, client_secret: password } }
  return { headers: { authorization: `Basic ${btoa(`${formEncoded(id)}:${formEncoded(password)}`)}` }, form: {} }
}

/** Both are form-urlencoded before they are joined: a colon of theirs is none between them, and what is left is ASCII. */
function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1)
}
