import { root } from '../../src/cli/root.ts'
import { run } from '../../src/cli/run.ts'
import type { Terminal } from '../../src/cli/terminal.ts'

/** Runs the command line in this process, which spares a start of Node each time: for tests of what a command does, not of how it is started. */
export async function inProcess(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const out: string[] = []
  const error: string[] = []
  const terminal: Terminal = {
    env,
    columns: Number.POSITIVE_INFINITY,
    isInteractive: false,
    now: () => new Date(),
    print: (line) => Promise.resolve(void out.push(`${line}\n`)),
    tell: (line) => void error.push(`${line}\n`),
    progress: () => undefined,
    heading: (text) => text,
    input: () => Promise.resolve(''),
    ask: () => Promise.resolve(''),
  }
  const code = await run(root, args, terminal)
  return { code, out: out.join(''), error: error.join('') }
}
