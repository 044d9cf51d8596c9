import { askedWrongly } from './failure.ts'
import type { Terminal } from './terminal.ts'

/** The option of commands whose effect is wide. */
export const YES_ARG = { yes: { type: 'boolean', description: 'does not ask whether it is meant' } } as const

/** Makes sure that something wide is meant: by `--yes`, or by whoever sits at the terminal. @throws {Failure} */
export async function confirm(what: string, isMeant: boolean | undefined, terminal: Terminal): Promise<void> {
  if (isMeant === true) return
  if (!terminal.isInteractive) throw askedWrongly(`${what} Say that it is meant with --yes.`)
  const answer = await terminal.ask(`${what} Is it meant? Write yes: `)
  if (answer.trim().toLowerCase() !== 'yes') throw askedWrongly('Nothing was done.')
}
