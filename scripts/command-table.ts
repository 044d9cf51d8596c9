import type { ArgDef, ArgsDef, CommandDef } from 'citty'
import { mayRepeat } from '../src/cli/arguments.ts'
import { exampleOf } from '../src/cli/command.ts'
import { CHANGE_ARGS, GATEWAY_ARGS } from '../src/cli/connection.ts'
import { LIST_ARGS } from '../src/cli/listing.ts'
import { root } from '../src/cli/root.ts'
import { subCommandsOf } from '../src/cli/run.ts'

/** Options that are told once for all commands: in a command's own table they would hide what is its own. */
const SHARED: Readonly<Record<string, ArgDef>> = { ...CHANGE_ARGS, ...LIST_ARGS }

/** @returns a section for each command of the tree: what it does, an example, its own options. */
export async function commandSections(): Promise<string> {
  const sections: string[] = []
  for (const [name, group] of Object.entries(await subCommandsOf(root))) {
    const below = Object.entries(await subCommandsOf(group))
    sections.push(`### ${name}`, '')
    if (below.length === 0) sections.push(...commandSection(name, group))
    for (const [own, command] of below) sections.push(`#### ${name} ${own}`, '', ...commandSection(`${name} ${own}`, command))
  }
  return sections.join('\n')
}

/** @returns the options that commands share, as a table. */
export function sharedOptions(): string {
  const those = (args: ArgsDef) => Object.entries(args).map(([name, definition]) => row(name, definition))
  const onlyChange = Object.fromEntries(Object.entries(CHANGE_ARGS).filter(([name]) => !Object.hasOwn(GATEWAY_ARGS, name)))
  return [
    ...['| option | commands | what it is for |', '|---|---|---|'],
    ...those(GATEWAY_ARGS).map(([option, words]) => `| ${option} | all that ask a gateway | ${words} |`),
    ...those(onlyChange).map(([option, words]) => `| ${option} | all that change something | ${words} |`),
    ...those(LIST_ARGS).map(([option, words]) => `| ${option} | all lists | ${words} |`),
  ].join('\n')
}

function commandSection(path: string, command: CommandDef): readonly string[] {
  const { description = '' } = command.meta as { readonly description?: string }
  const example = exampleOf(command)
  if (example === '') throw new Error(`the command ${path} has no example`)
  const own = Object.entries(command.args as ArgsDef).filter(([name, definition]) => SHARED[name] !== definition)
  const table =
    own.length === 0 ? [] : ['| option | what it is for |', '|---|---|', ...own.map(([name, definition]) => `| ${row(name, definition).join(' | ')} |`), '']
  return [`${description}.`, '', '```sh', `npx portcullis ${example}`, '```', '', ...table]
}

function row(name: string, definition: ArgDef): readonly [option: string, words: string] {
  const { type, description = '', required, default: preset } = definition
  const hint = type === 'enum' ? definition.options?.join('|') : definition.valueHint
  const option = type === 'positional' ? name.toUpperCase() : `--${name}${hint === undefined ? '' : ` ${hint.replace(/…$/, '')}`}`
  const notes = [
    ...(required === true || (type === 'positional' && required !== false) ? ['required'] : []),
    ...(mayRepeat(definition) ? ['may be given several times'] : []),
    ...(preset === undefined ? [] : [`default \`${preset}\``]),
  ]
  return [`\`${option.replaceAll('|', '\\|')}\``, `${description.replaceAll('|', '\\|')}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`]
}
