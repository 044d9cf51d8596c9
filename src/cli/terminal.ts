import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import { styleText } from 'node:util'
import { askedWrongly } from './failure.ts'

/** Where a command runs: what it is told, and where it writes. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Columns of standard output; infinite where it is no terminal. */
  readonly columns: number
  /** Whether somebody sits there who can be asked. */
  readonly isInteractive: boolean
  now(): Date
  /** Writes a line to standard output: what was asked for. Resolves when more may come. */
  print(line: string): Promise<void>
  /** Writes a line to standard error: what people should know beside it. */
  tell(line: string): void
  /** Shows how far something is on standard error, in place of what was shown before, where that is a terminal. An empty text ends it. */
  progress(text: string): void
  heading(text: string): string
  /** Reads all of standard input, at most so much. */
  input(maxBytes: number): Promise<string>
  ask(question: string): Promise<string>
}

/** This process's own. */
export function processTerminal(): Terminal {
  const { stdin, stdout, stderr, env } = process
  let shown = ''
  const progress = (text: string) => {
    if (!stderr.isTTY || text === shown) return
    stderr.write(`\r\u001b[K${text.slice(0, Math.max(0, (stderr.columns ?? 80) - 1))}`)
    shown = text
  }
  // Whoever reads only the beginning (`| head`) ends it, and that is no failure.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
  return {
    env,
    columns: stdout.isTTY ? stdout.columns || 80 : Number.POSITIVE_INFINITY,
    isInteractive: stdin.isTTY === true && stderr.isTTY === true,
    now: () => new Date(),
    async print(line) {
      progress('')
      if (!stdout.write(`${line}\n`)) await once(stdout, 'drain')
    },
    tell(line) {
      progress('')
      stderr.write(`${line}\n`)
    },
    progress,
    heading: (text) => (stdout.isTTY ? styleText('bold', text, { stream: stdout }) : text),
    async input(maxBytes) {
      if (stdin.isTTY) throw askedWrongly('Standard input is a terminal: pipe the token into it, or keep it in a file.')
      const chunks: Buffer[] = []
      let bytes = 0
      for await (const chunk of stdin as AsyncIterable<Buffer>) {
        bytes += chunk.length
        if (bytes > maxBytes) throw askedWrongly(`Standard input holds more than ${maxBytes} bytes.`)
        chunks.push(chunk)
      }
      return Buffer.concat(chunks).toString('utf8')
    },
    async ask(question) {
      const lines = createInterface({ input: stdin, output: stderr })
      try {
        // Ctrl-C and Ctrl-D say no.
        const ended = once(lines, 'close').then(() => '')
        return await Promise.race([lines.question(question), ended])
      } finally {
        lines.close()
      }
    },
  }
}
