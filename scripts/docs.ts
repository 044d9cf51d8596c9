// Writes the parts of the documentation that would drift: settings tables from the schemas, reasons from the policies' pages, columns from the record, commands from the command line, what limits cost from the simulation.
// `--check` changes nothing and fails when something would change.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { OPERATIONS } from '../src/admin/operations.ts'
import { RECORD_BLOBS, RECORD_DOUBLES } from '../src/core/record.ts'
import * as registry from '../src/policies/index.ts'
import { commandSections, sharedOptions } from './command-table.ts'
import { costTable } from './limiter-costs.ts'
import { settingsTable } from './settings-table.ts'
import { runScenario, SCENARIOS } from './simulation/scenarios.ts'

const ROOT = resolve(import.meta.dirname, '..')
const check = process.argv.includes('--check')
const stale: string[] = []

/** Puts text between `<!-- name -->` and `<!-- /name -->` of a page. */
function fill(page: string, name: string, text: string): void {
  const path = join(ROOT, page)
  const before = readFileSync(path, 'utf8')
  const marks = new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(<!-- /${name} -->)`)
  if (!marks.test(before)) throw new Error(`${page} has no <!-- ${name} --> … <!-- /${name} -->`)
  const after = before.replace(marks, (_all, open: string, close: string) => `${open}${text.trim()}\n${close}`)
  if (after === before) return
  stale.push(page)
  if (!check) writeFileSync(path, after)
}

for (const factory of Object.values(registry)) fill(`src/policies/${factory.policyName}/README.md`, 'settings', settingsTable(factory.settingsSchema))

const reasons = readdirSync(join(ROOT, 'src/policies'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) => {
    const rows = readFileSync(join(ROOT, 'src/policies', name, 'README.md'), 'utf8').match(/^\| `[a-z-]+\.[a-z0-9-]+` \|.*$/gm) ?? []
    return [`### ${name}`, '', '| reason | status | when |', '|---|---|---|', ...rows, '']
  })
fill('docs/reasons.md', 'policies', reasons.join('\n'))

const operations = OPERATIONS.map(({ method, path, role, summary }) => `| \`${method} ${path}\` | ${role} | ${summary} |`)
fill('docs/admin.md', 'operations', ['| operation | role | what it does |', '|---|---|---|', ...operations].join('\n'))

const columns = [
  ['index1', 'zone (sampling key)'],
  ['blob1', 'layout version'],
  ...RECORD_BLOBS.map((name, i) => [`blob${i + 2}`, name]),
  ...RECORD_DOUBLES.map((name, i) => [`double${i + 1}`, name]),
]
const described = readFileSync(join(ROOT, 'src/core/record.ts'), 'utf8')
const meaning = (name: string): string => new RegExp(`(?:/\\*\\* ([^\\n]*?) \\*/\\n)\\s*readonly ${name}:`).exec(described)?.[1] ?? ''
fill(
  'docs/analytics.md',
  'columns',
  ['| column | name | meaning |', '|---|---|---|', ...columns.map(([column, name]) => `| \`${column}\` | ${name} | ${meaning(name as string)} |`)].join('\n'),
)

fill('docs/command-line.md', 'options', sharedOptions())
fill('docs/command-line.md', 'commands', await commandSections())

// The simulation gives the same figures every time.
const scenarios = []
for (const scenario of SCENARIOS) scenarios.push(await runScenario(scenario))
fill('docs/rate-limiting.md', 'costs', costTable(scenarios))

if (check && stale.length > 0) {
  console.error(`out of date: ${stale.join(', ')}\nfix: npm run docs`)
  process.exitCode = 1
} else console.log(stale.length === 0 ? 'documentation is up to date' : `written: ${stale.join(', ')}`)
