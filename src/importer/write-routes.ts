import type { Access, Needed, Schemes } from './access.ts'
import { type Code, code, commentText, member, propertyName, quoted } from './code.ts'
import { generatedMark } from './generated.ts'
import type { DescribedLimit } from './limits.ts'
import type { RouteFacts } from './route-facts.ts'
import type { SchemeFacts } from './scheme-facts.ts'

/** Why a route is public where nothing but the description says so. */
const PUBLIC = 'the description asks for no authentication'

/** What a routes module is made of. */
export interface RoutesModule {
  readonly source: string
  readonly routes: readonly RouteFacts[]
  readonly schemes: readonly SchemeFacts[]
  readonly limits: ReadonlyMap<string, DescribedLimit>
}

/** Writes the module of the routes: a function from authenticators by security scheme. */
export function writeRoutes({ source, routes, schemes, limits }: RoutesModule): string {
  const parts = [...limitsCode(limits), ...authenticatorsCode(schemes), routesCode(routes, schemes.length > 0)]
  const withoutComments = parts.join('').replaceAll(/^ *\/[/*].*$/gm, '')
  const called = ['allOf', 'anyOf', 'authorize', 'rateLimit'].filter((name) => withoutComments.includes(`${name}(`))
  return [`// ${generatedMark(source)}\n${importLine(schemes.length > 0, called)}`, ...parts].join('\n')
}

function routesCode(routes: readonly RouteFacts[], hasSchemes: boolean): string {
  const members = routes.length === 0 ? '{}' : `{\n${routes.map(routeCode).join('')}  }`
  return `/** Every operation that is served. */\nexport function routes(${hasSchemes ? 'by: Authenticators' : ''}) {\n  return ${members}\n}\n`
}

/** As Biome sorts what is imported. */
function importLine(hasSchemes: boolean, called: readonly string[]): string {
  if (called.length === 0) return hasSchemes ? "import type { Authentication } from 'portcullis'\n" : ''
  return `import { ${[...(hasSchemes ? ['type Authentication'] : []), ...called].join(', ')} } from 'portcullis'\n`
}

function authenticatorsCode(schemes: readonly SchemeFacts[]): readonly string[] {
  if (schemes.length === 0) return []
  const members = schemes.map(({ name, words }) => `  /** ${commentText(words)} */\n  readonly ${propertyName(name)}: Authentication\n`)
  return [`/** How callers are known, by the description's security schemes. */\nexport interface Authenticators {\n${members.join('')}}\n`]
}

function limitsCode(limits: ReadonlyMap<string, DescribedLimit>): readonly string[] {
  if (limits.size === 0) return []
  const members = [...limits].map(([name, settings]) => {
    const key = propertyName(name)
    return `  ${key}: ${code({ call: 'rateLimit', with: [valueCode(settings)] }, 2, key.length + 5)},\n`
  })
  return [`const limits = {\n${members.join('')}}\n`]
}

function valueCode(value: unknown): Code {
  if (typeof value === 'string') return quoted(value)
  if (Array.isArray(value)) return { list: value.map(valueCode) }
  if (typeof value !== 'object' || value === null) return String(value)
  return { object: Object.entries(value).map(([name, one]) => [propertyName(name), valueCode(one)] as const) }
}

function routeCode({ key, summary, isDeprecated, access, limits }: RouteFacts): string {
  const words = [...(isDeprecated ? ['Deprecated.'] : []), ...(summary === undefined ? [] : [commentText(summary)])].filter((one) => one !== '')
  const comment = words.length === 0 ? '' : `    // ${words.join(' ')}\n`
  const who = access.isPublic ? `      public: ${quoted(PUBLIC)},\n` : `      authenticate: ${code(schemesCode(access.by), 6, 21)},\n`
  const policies = [...authorizeCode(access), ...limits.map((name) => member('limits', name))]
  const controls = policies.length === 0 ? '' : `      policies: ${code({ list: policies }, 6, 17)},\n`
  return `${comment}    ${quoted(key)}: {\n${who}${controls}    },\n`
}

function schemesCode(schemes: Schemes): Code {
  if (typeof schemes === 'string') return member('by', schemes)
  return 'anyOf' in schemes ? { call: 'anyOf', with: schemes.anyOf.map(schemesCode) } : { call: 'allOf', with: schemes.allOf.map(schemesCode) }
}

function authorizeCode(access: Access): readonly Code[] {
  if (access.isPublic || (access.scopes === undefined && access.roles === undefined)) return []
  const asked = [
    ...(access.scopes === undefined ? [] : [['scopes', neededCode(access.scopes)] as const]),
    ...(access.roles === undefined ? [] : [['roles', neededCode(access.roles)] as const]),
  ]
  return [{ call: 'authorize', with: [{ object: asked }] }]
}

function neededCode(needed: Needed): Code {
  return 'all' in needed ? { list: needed.all.map(quoted) } : { object: [['any', { list: needed.any.map(quoted) }]] }
}
