import { askedWrongly } from './failure.ts'
import { safeUrl } from './safe-url.ts'
import type { Terminal } from './terminal.ts'

/** Where Cloudflare's own API is; wrangler takes another from the same variable. */
const API = 'https://api.cloudflare.com/client/v4'

/** How Cloudflare's API is asked. */
export interface CloudflareAccess {
  /** Without a slash at the end. */
  readonly root: string
  readonly token: string
}

/** @returns how to ask Cloudflare, where the environment holds a token for it. @throws {Failure} */
export function cloudflareAccess(env: Terminal['env']): CloudflareAccess | undefined {
  const { CLOUDFLARE_API_TOKEN: token = '', CLOUDFLARE_API_BASE_URL: base = '' } = env
  if (token === '') return undefined
  if (!/^[\x21-\x7e]{1,4096}$/.test(token)) throw askedWrongly('CLOUDFLARE_API_TOKEN holds characters that no token has.')
  return { root: safeUrl(base === '' ? API : base, 'CLOUDFLARE_API_BASE_URL').href.replace(/\/$/, ''), token }
}
