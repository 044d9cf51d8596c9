import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { ArgsDef, CommandDef } from 'citty'
import { describe, expect, it } from 'vitest'
import { readArguments } from '../../src/cli/arguments.ts'
import { exampleOf } from '../../src/cli/command.ts'
import { root } from '../../src/cli/root.ts'
import { subCommandsOf } from '../../src/cli/run.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const page = readFileSync(join(ROOT, 'docs/command-line.md'), 'utf8')
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')

/** Every command that runs, by its path. */
async function commands(): Promise<ReadonlyMap<string, CommandDef>> {
  const found = new Map<string, CommandDef>()
  for (const [name, group] of Object.entries(await subCommandsOf(root))) {
    const below = Object.entries(await subCommandsOf(group))
    if (below.length === 0) found.set(name, group)
    for (const [own, command] of below) found.set(`${name} ${own}`, command)
  }
  return found
}

/** As a POSIX shell cuts plain words and quoted text, before a remark. */
const words = (line: string) =>
  [...line.replace(/ +# .*$/, '').matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, quoted, doubly, plain]) => quoted ?? doubly ?? plain ?? '')

const all = await commands()

describe('what is written of the command line', () => {
  it('found the commands', () =>
    expect([...all.keys()]).toEqual(
      expect.arrayContaining(['status', 'keys create', 'keys revoke-owner', 'killswitch off', 'revoke', 'audit verify', 'doctor', 'check']),
    ))

  it.each([...all])('the example of %s is what it takes', (path, command) => {
    const example = exampleOf(command)
    expect(`${example} `).toMatch(new RegExp(`^${path} `))
    expect(page).toContain(`npx portcullis ${example}\n`)
    expect(() => readArguments(words(example).slice(path.split(' ').length), command.args as ArgsDef)).not.toThrow()
  })

  it('so are those of the README', () => {
    const lines = [...readme.matchAll(/^npx portcullis (.*)$/gm)].flatMap(([, line = '']) => line.split(' && npx portcullis '))
    expect(lines.length).toBeGreaterThanOrEqual(5)
    for (const line of lines) {
      const [path, command] = [...all].find(([name]) => line.startsWith(`${name} `)) ?? []
      expect(command, line).toBeDefined()
      expect(() => readArguments(words(line).slice(path?.split(' ').length), command?.args as ArgsDef), line).not.toThrow()
    }
  })

  it('every option says what it is for', () => {
    for (const [path, { args }] of all)
      for (const [name, { description }] of Object.entries(args as ArgsDef)) expect(description, `${path} ${name}`).toMatch(/.{5}/)
  })

  it('every finding of the doctor stands on the page', () => {
    const folder = join(ROOT, 'src/cli/doctor')
    const source = readdirSync(folder)
      .map((file) => readFileSync(join(folder, file), 'utf8'))
      .join('\n')
    const ids = [...source.matchAll(/finding\(\s*(?:'(?:problem|warning|note)'|severity),\s*'([a-z-]+)'/g)].map(([, id]) => id as string)
    expect(new Set(ids).size).toBeGreaterThan(30)
    for (const id of ids) expect(page, id).toContain(`\`${id}\``)
  })
})
