import { parseArgs } from 'node:util'
import type { ArgDef, ArgsDef } from 'citty'
import { askedWrongly } from './failure.ts'

/** Options that somebody may hope for. Every process of the machine may read another's arguments, and shells remember them. */
const SECRET_OPTIONS =
  /^-{0,2}(?:access[-_]?|api[-_]?|client[-_]?|admin[-_]?|bearer[-_]?)*(?:token|secret|password|passwd|authorization|bearer|header|jwt|pepper)$/i

const SECRET_WORDS =
  'A secret in the command line can be read by every process of this machine, and the shell remembers it: it is not taken from there. Set PORTCULLIS_TOKEN, or keep it in a file and name that with --token-file FILE (- for standard input). Whatever was given counts as known now: replace it.'

/** What looks like a secret, and what to give instead. */
const SECRET_VALUES: readonly (readonly [RegExp, string])[] = [
  [
    /^[a-z][a-z0-9]{1,11}_[a-z][a-z0-9]{1,7}_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}$/,
    'That is a whole API key. Give its id: the 16 characters before the last underscore.',
  ],
  [/^ey[\w-]{5,}\.[\w-]{5,}\.[\w-]*/, 'That is a whole token. Give its id (`jti`) where a token is meant.'],
  [/-----BEGIN/, 'That is a key.'],
  [/^bearer\s/i, 'That is a credential.'],
]

/** What stands in the command line, as its command knows it. */
export interface ReadArguments {
  /** The values of each option, by its name. */
  readonly values: ReadonlyMap<string, readonly string[]>
}

/**
 * Checks arguments against what a command takes, strictly: unknown options, options without a value or given twice, and arguments too many are refused. No value is ever repeated.
 * @throws {Failure}
 */
export function readArguments(args: readonly string[], definitions: ArgsDef): ReadArguments {
  const known = Object.entries(definitions).filter(([, { type }]) => type !== 'positional')
  const options = Object.fromEntries(
    known.map(([name, { type }]) => [name, { type: type === 'boolean' ? ('boolean' as const) : ('string' as const), multiple: true }]),
  )
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true })
  const values = new Map<string, string[]>()
  const positionals: string[] = []
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue
    if (token.kind === 'positional') {
      refuseSecret(token.value)
      positionals.push(token.value)
      continue
    }
    const definition = Object.hasOwn(definitions, token.name) ? definitions[token.name] : undefined
    if (definition === undefined || definition.type === 'positional') throw unknownOption(token.rawName)
    values.set(token.name, [...(values.get(token.name) ?? []), valueGiven(token, definition)])
  }
  for (const [name, definition] of known) checkOption(name, definition, values.get(name) ?? [])
  checkPositionals(definitions, positionals)
  return { values }
}

function unknownOption(rawName: string): Error {
  if (SECRET_OPTIONS.test(rawName)) return askedWrongly(SECRET_WORDS)
  return askedWrongly(/^-{1,2}[a-z][a-z-]{0,30}$/i.test(rawName) ? `There is no option ${rawName} here.` : 'There is no such option here.')
}

function valueGiven(
  { name, value, inlineValue }: { readonly name: string; readonly value?: string | undefined; readonly inlineValue?: boolean | undefined },
  { type }: ArgDef,
): string {
  if (type === 'boolean') {
    if (value !== undefined) throw askedWrongly(`--${name} takes no value.`)
    return ''
  }
  if (value === undefined || value === '') throw askedWrongly(`--${name} needs a value.`)
  if (inlineValue !== true && value.startsWith('-') && value !== '-')
    throw askedWrongly(`--${name} needs a value. One that begins with a dash is written --${name}=…`)
  refuseSecret(value)
  return value
}

function refuseSecret(value: string): void {
  for (const [pattern, instead] of SECRET_VALUES) if (pattern.test(value.trim())) throw askedWrongly(`${instead} ${SECRET_WORDS}`)
}

function checkOption(name: string, definition: ArgDef, given: readonly string[]): void {
  if (given.length > 1 && !mayRepeat(definition)) throw askedWrongly(`--${name} is given ${given.length} times.`)
  if (given.length === 0) {
    if (definition.required === true && definition.default === undefined) throw askedWrongly(`--${name} is missing: ${definition.description}.`)
    return
  }
  if (definition.type === 'enum' && !given.every((value) => definition.options?.includes(value)))
    throw askedWrongly(`--${name} is one of ${definition.options?.join(', ')}.`)
}

function checkPositionals(definitions: ArgsDef, given: readonly string[]): void {
  const wanted = Object.entries(definitions).filter(([, { type }]) => type === 'positional')
  if (given.length > wanted.length)
    throw askedWrongly(wanted.length === 0 ? 'It takes options alone.' : 'That is one argument too many: text with spaces stands in quotes.')
  for (const [i, [name, { required, description }]] of wanted.entries()) {
    if (given[i] === '') throw askedWrongly(`${name.toUpperCase()} is empty.`)
    if (given[i] === undefined && required !== false) throw askedWrongly(`${name.toUpperCase()} is missing: ${description}.`)
  }
}

/** Whether an option may be given several times. */
export function mayRepeat({ type, valueHint }: ArgDef): boolean {
  return type !== 'boolean' && type !== 'positional' && (valueHint?.endsWith('…') ?? false)
}
