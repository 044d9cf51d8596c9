import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const FIXTURES = join(import.meta.dirname, 'fixtures')
const TSC = join(import.meta.dirname, '../../node_modules/typescript/bin/tsc')

/** What the compiler says, by `file:line`; a message's further lines belong to it. */
async function diagnostics(): Promise<Map<string, string>> {
  const run = promisify(execFile)
  const output = await run(process.execPath, [TSC, '-p', join(import.meta.dirname, 'tsconfig.json'), '--pretty', 'false']).then(
    ({ stdout }) => stdout,
    (error: { stdout: string }) => error.stdout,
  )
  const found = new Map<string, string>()
  let at = ''
  for (const line of output.split('\n')) {
    const start = /fixtures\/([^(]+)\((\d+),\d+\): (.*)$/.exec(line)
    if (start !== null) at = `${start[1]}:${start[2]}`
    found.set(at, `${found.get(at) ?? ''}${start?.[3] ?? line}\n`)
  }
  return found
}

describe('the types of a configuration', async () => {
  const found = await diagnostics()
  const expected = readdirSync(FIXTURES).flatMap((file) =>
    readFileSync(join(FIXTURES, file), 'utf8')
      .split('\n')
      .flatMap((line, i) => (line.includes('// ✗ ') ? [[`${file}:${i + 1}`, line.split('// ✗ ')[1] as string] as const] : [])),
  )

  it('has fixtures', () => expect(expected.length).toBeGreaterThan(10))
  it.each(expected)('%s: %s', (at, message) => expect(found.get(at)).toContain(message))
  it('complain nowhere else', () => expect([...found.keys()].filter((at) => at !== '' && !expected.some(([place]) => place === at))).toEqual([]))
})
