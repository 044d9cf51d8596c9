import { type ArgsDef, type CommandDef, type CommandMeta, defineCommand, type ParsedArgs } from 'citty'
import type { ExitCode } from './failure.ts'
import type { Terminal } from './terminal.ts'

/** What a command gets beside its options. */
export interface Invocation {
  readonly terminal: Terminal
  /** @returns all values of an option that may be given several times. */
  all(option: string): readonly string[]
}

interface CommandSpec<A extends ArgsDef> {
  readonly meta: CommandMeta & { readonly name: string; readonly description: string }
  readonly args: A
  /** For the documentation: what one writes behind `portcullis`. */
  readonly example: string
  run(args: ParsedArgs<A>, invocation: Invocation): Promise<ExitCode> | Promise<void>
}

const examples = new WeakMap<object, string>()

/** Defines a command of the tree. An option whose value hint ends in `…` may be given several times. */
export function command<const A extends ArgsDef>({ meta, args, example, run }: CommandSpec<A>): CommandDef<A> {
  const defined = defineCommand({ meta, args, run: ({ args: parsed, data }) => run(parsed, data as Invocation) })
  examples.set(defined, example)
  return defined
}

/** @returns the example of a command. */
export function exampleOf(defined: object): string {
  return examples.get(defined) ?? ''
}
