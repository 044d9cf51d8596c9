import type { Minted } from '../keys/mint.ts'
import type { KeyFamily } from './named.ts'
import type { Call } from './operation.ts'
import { refusal } from './refusal.ts'

/** Made under the newest pepper; but what may have been made before a pepper took the place of another is the same again, and no second key that nobody has seen. */
export async function minted(mint: (pepper: string) => Minted, family: KeyFamily, x: Call['x'], again: boolean): Promise<Minted> {
  for (const name of again ? family.peppers.slice(1) : []) {
    const pepper = x.ports.secret(name)
    const before = pepper === undefined ? undefined : mint(pepper)
    const kept = before && (await x.ports.keys.read(before.id))
    if (before !== undefined && kept?.secrets.some(({ hash }) => hash === before.secret.hash)) return before
  }
  return mint(newestPepper(family, x))
}

/** @throws when it is not set: then no key can be made. */
function newestPepper({ peppers: [newest = ''] }: KeyFamily, { ports }: Call['x']): string {
  const pepper = ports.secret(newest)
  if (pepper === undefined) throw new Error(`the secret ${newest} is not set`)
  return pepper
}

/** The text is derived anew, under the pepper that it was first derived under. */
export function shownAgain(kept: unknown, { peppers }: KeyFamily, { ports }: Call['x'], mint: (pepper: string) => Minted): unknown {
  const { item, pepper: wanted } = kept as { readonly item: unknown; readonly pepper: string }
  for (const name of peppers) {
    const pepper = ports.secret(name)
    const minted = pepper === undefined ? undefined : mint(pepper)
    if (minted?.secret.pepper === wanted) return { key: minted.text, item }
  }
  throw refusal(409, 'not-shown-again', 'The key was made, and cannot be shown again: the secret that it was made with is gone. Rotate it.')
}
