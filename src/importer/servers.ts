import type { Gaps } from './gap.ts'
import type { Place } from './place.ts'

/** What the servers of a description say of hosts and paths. */
export interface ServerGuess {
  /** As a zone lists them; empty where the description names none. */
  readonly hosts: readonly string[]
  /** What stands before every path: `''`, or like `/v1`. */
  readonly prefix: string
}

/** Reads the servers: the first decides where the API stands, others of the same path add their hosts. */
export function readServers(root: Place, gaps: Gaps): ServerGuess {
  const servers = (root.child('servers')?.items() ?? []).map((place) => ({ place, url: urlOf(place, gaps) }))
  const [first] = servers
  if (first === undefined) gaps.add('servers', '#', 'no servers: zone.ts names a host that is none')
  if (first?.url === undefined) return { hosts: [], prefix: '' }
  const prefix = prefixOf(first.url)
  const hosts = new Set<string>()
  for (const { place, url } of servers) {
    if (url === undefined) continue
    if (prefixOf(url) !== prefix) gaps.add('servers', place.pointer, `another base path than the first server's (${prefix === '' ? '/' : prefix}): not served`)
    else if (url.hostname === PLACEHOLDER) gaps.add('servers', place.pointer, 'a server without a host: zone.ts names a host that is none')
    else if (!/^localhost$|[.[]/.test(url.hostname)) gaps.add('servers', place.pointer, 'a host without a domain: no zone can have it')
    else {
      hosts.add(url.host)
      if (url.protocol !== 'https:') gaps.add('servers', place.pointer, `${url.protocol} in place of https:`)
    }
  }
  return { hosts: [...hosts], prefix }
}

/** Notes paths and operations that say to stand elsewhere than the whole description: each such list of servers once. */
export function noteOwnServers(places: readonly Place[], gaps: Gaps): void {
  const lists = new Map<string, Place[]>()
  for (const place of places) {
    const own = place.child('servers')
    if (own === undefined) continue
    const text = addressesOf(own)
    if (text === addressesOf(place.top().child('servers'))) continue
    lists.set(text, [...(lists.get(text) ?? []), own])
  }
  for (const [first, ...others] of lists.values()) {
    const urls = first
      ?.items()
      .map((server) => server.text('url') ?? '')
      .join(', ')
    const where = others.length === 0 ? 'here' : `here and in ${others.length} other places`
    if (first !== undefined) gaps.add('servers', first.pointer, `servers of its own (${urls}) ${where}: served with all others`)
  }
}

/** Written alike where the same is meant. */
function addressesOf(servers: Place | undefined): string {
  return (servers?.items() ?? []).map((server) => absolute(server.text('url') ?? '')?.href ?? '').join(' ')
}

/** Stands for the host of a relative URL: no name can end so. */
const PLACEHOLDER = 'relative.invalid'

function urlOf(server: Place, gaps: Gaps): URL | undefined {
  let replaced = false
  const text = (server.text('url') ?? '').replaceAll(/\{([^{}]*)\}/g, (_all, name: string) => {
    replaced = true
    return server.child('variables')?.child(name)?.text('default') ?? ''
  })
  if (replaced) gaps.add('servers', server.pointer, 'variables in the URL, read with their defaults')
  const url = absolute(text)
  if (url !== undefined && ['https:', 'http:'].includes(url.protocol)) return url
  gaps.add('servers', server.pointer, 'a URL that cannot be read')
  return undefined
}

function absolute(text: string): URL | undefined {
  const base = `https://${PLACEHOLDER}/`
  return URL.canParse(text, base) ? new URL(text, base) : undefined
}

function prefixOf({ pathname }: URL): string {
  return pathname.replace(/\/+$/, '')
}
