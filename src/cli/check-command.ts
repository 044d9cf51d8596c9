import { ConfigurationError } from '../core/problems.ts'
import type { CheckReport } from './check.ts'
import { command } from './command.ts'
import { askedWrongly, EXIT } from './failure.ts'
import { harmless, harmlessLines, jsonDocument } from './harmless.ts'

/** The options of whatever looks at a configuration on this machine. */
export const CONFIG_ARGS = {
  config: { type: 'string', valueHint: 'FILE', description: 'the configuration', default: 'gateway.config.ts' },
  wrangler: { type: 'string', valueHint: 'FILE', description: 'what is deployed', default: 'wrangler.toml' },
  env: { type: 'string', valueHint: 'NAME', description: 'an environment of it' },
} as const

/** `portcullis check`. */
export const check = command({
  meta: { name: 'check', description: 'Compiles the configuration and compares its limits with the bindings of wrangler.toml' },
  args: { ...CONFIG_ARGS, json: { type: 'boolean', description: 'prints the report' } },
  example: 'check --env production',
  async run({ config, wrangler, env, json }, { terminal }) {
    const report = await reported(async () => (await import('./check.ts')).check({ config, wrangler, ...(env !== undefined && { env }) }))
    if (json === true) await terminal.print(jsonDocument({ edgeLimits: report.edgeLimits, problems: report.problems, unfinished: report.unfinished }))
    else {
      for (const { limit, binding, admits, edge, periodSeconds } of report.edgeLimits) {
        if (edge !== undefined)
          await terminal.print(harmless(`${limit}: ${binding} admits ${edge} in ${periodSeconds} s at each location; the limit admits ${admits} worldwide`))
      }
      for (const { zone, route, why } of report.unfinished) await terminal.print(harmless(`unfinished: ${zone} ${route} stands behind nobody: ${why}`))
      if (report.words !== undefined) terminal.tell(harmlessLines(report.words))
      else for (const problem of report.problems) terminal.tell(`problem: ${harmless(problem)}`)
      if (report.problems.length === 0) await terminal.print('Nothing found.')
    }
    return report.problems.length === 0 ? EXIT.done : EXIT.found
  },
})

/** @returns what a check found; a configuration that cannot run is found too. @throws {Failure} where a file cannot be read */
async function reported(run: () => Promise<CheckReport>): Promise<CheckReport & { readonly words?: string }> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw cannotBeChecked(error)
    return { edgeLimits: [], unfinished: [], problems: problemLines(error), words: error.message }
  }
}

/** One line for each problem of a configuration. */
export function problemLines({ problems }: ConfigurationError): readonly string[] {
  return problems.map(({ path, found, expected, fix }) => `${path}: found ${found}; expected ${expected}; ${fix}`)
}

/** A file that is not there, or cannot be read as what it should be. */
export function cannotBeChecked(error: unknown): Error {
  return askedWrongly(`It cannot be checked: ${error instanceof Error ? error.message : String(error)}`)
}
