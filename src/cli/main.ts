// `npm run portcullis -- check [--config FILE] [--wrangler FILE] [--env NAME] [--json]`
// Exit codes: 0 nothing found, 1 problems found, 2 it was asked wrongly or a file cannot be read.
import { parseArgs } from 'node:util'
import { ConfigurationError } from '../core/problems.ts'
import { type CheckReport, check } from './check.ts'

const USAGE = 'Usage: npm run portcullis -- check [--config gateway.config.ts] [--wrangler wrangler.toml] [--env NAME] [--json]'

process.exitCode = await main()

async function main(): Promise<number> {
  const asked = readArguments()
  if (asked === undefined) {
    console.error(USAGE)
    return 2
  }
  try {
    const report = await check(asked)
    if (asked.json) console.log(JSON.stringify(report, null, 2))
    else {
      for (const { limit, binding, admits, edge, periodSeconds } of report.edgeLimits) {
        if (edge !== undefined) console.log(`${limit}: ${binding} admits ${edge} in ${periodSeconds} s at each location; the limit admits ${admits} worldwide`)
      }
      for (const problem of report.problems) console.error(`problem: ${problem}`)
      if (report.problems.length === 0) console.log('Nothing found.')
    }
    return report.problems.length === 0 ? 0 : 1
  } catch (error) {
    if (!(error instanceof ConfigurationError)) {
      console.error(`It cannot be checked: ${error instanceof Error ? error.message : String(error)}`)
      return 2
    }
    const problems = error.problems.map(({ path, found, expected, fix }) => `${path}: found ${found}; expected ${expected}; ${fix}`)
    if (asked.json) console.log(JSON.stringify({ edgeLimits: [], problems } satisfies CheckReport, null, 2))
    else console.error(error.message)
    return 1
  }
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        config: { type: 'string', default: 'gateway.config.ts' },
        wrangler: { type: 'string', default: 'wrangler.toml' },
        env: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    })
    if (positionals.join() !== 'check') return undefined
    const { env, ...rest } = values
    return { ...rest, ...(env !== undefined && { env }) }
  } catch {
    return undefined
  }
}
