import type { Ports } from '../../core/ports.ts'

/** What was made of secrets, for as long as they are the same. */
export interface ImportedOnce<Made> {
  /** @returns what was made of the secrets as they are now, once it was. */
  known(ports: Pick<Ports, 'secret'>): Made | undefined
  /** Makes it of the secrets as they are now. */
  make(ports: Pick<Ports, 'secret'>): Promise<Made>
}

/** Keeps what `make` makes of secrets, with their values: a secret that has become another never serves as what it was. Requests share what was made, and no promise. */
export function importedOnce<Made>(names: readonly string[], make: (texts: readonly (string | undefined)[]) => Promise<Made>): ImportedOnce<Made> {
  let kept: { readonly texts: readonly (string | undefined)[]; readonly made: Made } | undefined
  return {
    known: ({ secret }) => (kept !== undefined && isSame(names, kept.texts, secret) ? kept.made : undefined),
    async make({ secret }) {
      const texts = names.map(secret)
      const made = await make(texts)
      // Of two requests that import the same, the keys of the first are kept: tokens are remembered with them.
      if (kept !== undefined && isSame(names, kept.texts, (name) => texts[names.indexOf(name)])) return kept.made
      kept = { texts, made }
      return made
    },
  }
}

function isSame(names: readonly string[], texts: readonly (string | undefined)[], secret: Ports['secret']): boolean {
  for (let i = 0; i < names.length; i++) if (secret(names[i] as string) !== texts[i]) return false
  return true
}
