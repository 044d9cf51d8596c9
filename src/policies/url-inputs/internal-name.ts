/** Last labels of names that mean something only within a network, or nothing anywhere (RFC 6761, RFC 6762, RFC 8375, RFC 9476, ICANN's `.internal`, and what networks and clusters use). */
const INTERNAL: ReadonlySet<string> = new Set([
  'localhost',
  'local',
  'localdomain',
  'internal',
  'intranet',
  'intra',
  'private',
  'corp',
  'home',
  'lan',
  'domain',
  'svc',
  'default',
  'kube-system',
  'consul',
  'arpa',
  'alt',
  'onion',
  'test',
  'example',
  'invalid',
])

/** Whether a host's name, in lower case, is one that is looked up inside of a network: `localhost`, `metadata.google.internal`, any name without a dot. */
export function isInternalName(name: string): boolean {
  const dot = name.lastIndexOf('.')
  return dot < 0 || INTERNAL.has(name.slice(dot + 1))
}
