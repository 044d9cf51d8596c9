import { env } from 'cloudflare:workers'

/** What the runner gives to every Worker, as plain-text variables: read at module scope, as a deployed Worker would read its configuration. */
function given(name: string): string {
  const value = (env as unknown as Readonly<Record<string, unknown>>)[name]
  if (typeof value !== 'string') throw new Error(`the runner gave no ${name}`)
  return value
}

/** The issuer's public keys (RFC 7517 §5). */
export const keySet = (): { readonly keys: { readonly kty: string; readonly [name: string]: unknown }[] } => JSON.parse(given('BENCH_KEYS'))

/** The one control that `alone.ts` runs. */
export const control = (): string => given('BENCH_CONTROL')

/** A denial of the gateway, for the Worker that answers with the same. */
export const denial = (): { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string } =>
  JSON.parse(given('BENCH_DENIAL'))
