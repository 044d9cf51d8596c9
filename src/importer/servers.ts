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
    else if (url.hostname !== PLACEHOLDER) {
      hosts.add(url.host)
      if (url.protocol !== 'https:') gaps.add('servers', place.pointer, `${url.protocol} in place of https:`)
    } else gaps.add('servers', place.pointer, 'a server without a host: zone.ts names a host that is none')
  }
  return { hosts: [...hosts], prefix }
}

/** Notes operations that stand elsewhere than the whole description. */
export function noteOwnServers(place: Place, gaps: Gaps, what: string): void {
  const own = place.child('servers')
  if (own === undefined || JSON.stringify(own.value) === JSON.stringify(place.top().child('servers')?.value)) return
  gaps.add('servers', own.pointer, `${what} has servers of its own; it is served with the others all the same`)
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
  try {
    const url = new URL(text, `https://${PLACEHOLDER}/`)
    if (url.protocol === 'https:' || url.protocol === 'http:') return url
  } catch {
    // What is no URL is told below.
  }
  gaps.add('servers', server.pointer, 'a URL that cannot be read')
  return undefined
}

function prefixOf({ pathname }: URL): string {
  return pathname.replace(/\/+$/, '')
}
