import { stripVTControlCharacters } from 'node:util'
import { type ArgsDef, type CommandDef, renderUsage, runCommand, type SubCommandsDef } from 'citty'
import { readArguments } from './arguments.ts'
import type { Invocation } from './command.ts'
import { askedWrongly, EXIT, type ExitCode, Failure } from './failure.ts'
import { harmlessLines } from './harmless.ts'
import type { Terminal } from './terminal.ts'

type AnyCommand = CommandDef<ArgsDef>

/** A command that was found in the tree. */
interface Found {
  readonly command: AnyCommand
  readonly parent: AnyCommand | undefined
  /** What one writes to get there. */
  readonly path: string
  readonly rest: readonly string[]
}

/** Finds the command that the arguments name and runs it. @returns the exit code of the process. */
export async function run(root: AnyCommand, args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let path = 'portcullis'
  try {
    const found = await find(root, args)
    path = found.path
    if (isAskedFor(found.rest, '--help', '-h')) {
      await terminal.print(await usageOf(found))
      return EXIT.done
    }
    const { version } = (await resolved(root.meta)) ?? {}
    if (found.command === root && isAskedFor(found.rest, '--version')) {
      await terminal.print(version ?? '')
      return EXIT.done
    }
    if (found.command.subCommands !== undefined) {
      terminal.tell(`${await usageOf(found)}\n`)
      throw missingCommand(found)
    }
    const { values } = readArguments(found.rest, (await resolved(found.command.args)) ?? {})
    const invocation: Invocation = { terminal, all: (option) => values.get(option) ?? [] }
    const { result } = await runCommand(found.command, { rawArgs: [...found.rest], data: invocation })
    return (result as ExitCode | undefined) ?? EXIT.done
  } catch (error) {
    terminal.progress('')
    if (!(error instanceof Failure)) {
      terminal.tell(`It went wrong unexpectedly: ${harmlessLines(error instanceof Error ? error.message : String(error))}`)
      return EXIT.unreachable
    }
    terminal.tell(harmlessLines(error.message))
    if (error.code === EXIT.asked) terminal.tell(`Usage: ${path} --help`)
    return error.code
  }
}

function missingCommand({ path, rest }: Found): Failure {
  const [given] = rest
  if (given === undefined) return askedWrongly(`${path} needs a command.`)
  if (given.startsWith('-')) return askedWrongly('Options stand behind the command.')
  return askedWrongly(/^[a-z-]{1,20}$/.test(given) ? `${path} has no command ${given}.` : `${path} has no such command.`)
}

async function find(root: AnyCommand, args: readonly string[]): Promise<Found> {
  let found: Found = { command: root, parent: undefined, path: 'portcullis', rest: args }
  for (;;) {
    const [name] = found.rest
    const next = name === undefined ? undefined : await subCommand(found.command, name)
    if (next === undefined) return found
    found = { command: next, parent: found.command, path: `${found.path} ${name}`, rest: found.rest.slice(1) }
  }
}

async function subCommand(command: AnyCommand, name: string): Promise<AnyCommand | undefined> {
  const below = await subCommandsOf(command)
  return Object.hasOwn(below, name) ? below[name] : undefined
}

/** @returns the commands below one, each loaded. */
export async function subCommandsOf(command: AnyCommand): Promise<Readonly<Record<string, AnyCommand>>> {
  const below = ((await resolved(command.subCommands)) ?? {}) as SubCommandsDef
  return Object.fromEntries(await Promise.all(Object.entries(below).map(async ([name, one]) => [name, (await resolved(one)) as AnyCommand] as const)))
}

/** citty takes values, promises and functions that give either. */
async function resolved<T>(value: T | Promise<T> | (() => T | Promise<T>) | undefined): Promise<T | undefined> {
  return await (typeof value === 'function' ? (value as () => T | Promise<T>)() : value)
}

function isAskedFor(args: readonly string[], ...names: readonly string[]): boolean {
  const end = args.indexOf('--')
  return (end < 0 ? args : args.slice(0, end)).some((arg) => names.includes(arg))
}

async function usageOf({ command, parent }: Found): Promise<string> {
  // A group's own name says where it is. citty colours for terminals whatever it writes to.
  return stripVTControlCharacters(await renderUsage(command, command.subCommands === undefined ? parent : undefined)).trimEnd()
}
