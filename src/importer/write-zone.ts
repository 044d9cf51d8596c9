import { code, commentText, oneLine, propertyName, quoted } from './code.ts'
import type { SchemeFacts } from './scheme-facts.ts'
import type { ServerGuess } from './servers.ts'

/** Stands where the description names no host. */
const NO_HOST = 'api.example.com'

/** What a zone's file is made of. */
export interface ZoneModule {
  readonly zone: string
  readonly title: string
  readonly servers: ServerGuess
  readonly schemes: readonly SchemeFacts[]
}

/** Writes the file that a person goes on with: once, and never again. */
export function writeZone({ zone, title, servers, schemes }: ZoneModule): string {
  const hosts = servers.hosts.length === 0 ? [NO_HOST] : servers.hosts
  const name = identifier(zone)
  const isOpen = schemes.length === 0
  return [
    `// ${commentText(title) || zone}: what the description cannot say. Written once by \`portcullis import\`, and yours since: no import changes it.`,
    `// In gateway.config.ts: import { zone as ${name} }, then defineGateway({ zones: { ${name === zone ? zone : `${quoted(zone)}: ${name}`} } })`,
    `import { ${[...(isOpen ? [] : ['nobody']), 'openapiRequests', 'openapiResponses'].join(', ')} } from 'portcullis'`,
    "import { description } from './description.ts'",
    "import { routes } from './routes.ts'",
    '',
    ...(isOpen ? [] : UNDECIDED),
    'export const zone = {',
    `  // Check: ${servers.hosts.length === 0 ? 'the description names no host.' : 'as the description names them.'}`,
    `  hosts: ${code({ list: hosts.map(quoted) }, 2, 'hosts: ,'.length + 2)},`,
    "  // Check: the zone's own origin behind the Worker's route, or a URL like 'https://origin.example.com', written with \"as const\".",
    "  origin: { zone: 'own' } as const,",
    '  policies: [',
    '    openapiRequests({ description }),',
    "    // Once the report is quiet: mode 'enforce'.",
    "    openapiResponses({ description, mode: 'report' }),",
    '  ],',
    ...(isOpen ? ['  routes: routes(),'] : ['  routes: routes({', ...schemes.flatMap(schemeCode), '  }),']),
    '}',
    '',
  ].join('\n')
}

const UNDECIDED = [
  '/** Knows nobody, so that every route is closed until it is decided who may call. */',
  `const undecided = (scheme: string) => nobody({ why: \`it is not decided yet who may call with \${scheme}\` })`,
  '',
]

function schemeCode({ name, words, advice }: SchemeFacts): readonly string[] {
  return [`    // ${commentText(words)}`, `    // Instead: ${oneLine(advice)}`, `    ${propertyName(name)}: undecided(${quoted(name)}),`]
}

/** A zone's name as a variable. */
export function identifier(zone: string): string {
  return zone.replaceAll(/-+(.?)/g, (_all, next: string) => next.toUpperCase())
}
