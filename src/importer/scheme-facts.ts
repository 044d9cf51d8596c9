import { type Access, DEFAULT_SCHEME, type Schemes } from './access.ts'
import { quoted } from './code.ts'
import type { Place } from './place.ts'

/** A security scheme that routes ask for. */
export interface SchemeFacts {
  readonly name: string
  /** What the description says of it. */
  readonly words: string
  /** What stands in its place once it is decided. */
  readonly advice: string
}

/** @returns the schemes that routes ask for, in the order in which they do. */
export function schemesOf(root: Place, accesses: readonly Access[]): readonly SchemeFacts[] {
  const names = new Set(accesses.flatMap((access) => (access.isPublic ? [] : namesIn(access.by))))
  return [...names].map((name) => factsOf(name, root.child('components')?.child('securitySchemes')?.at(name)))
}

function namesIn(schemes: Schemes): readonly string[] {
  if (typeof schemes === 'string') return [schemes]
  return ('anyOf' in schemes ? schemes.anyOf : schemes.allOf).flatMap(namesIn)
}

const BY_JWT = "jwt({ issuer: 'https://…', audience: 'https://…', … }), or introspection({ … }) where tokens are opaque"

function factsOf(name: string, scheme: Place | undefined): SchemeFacts {
  const type = scheme?.text('type')
  switch (type) {
    case 'http': {
      const how = scheme?.text('scheme')?.toLowerCase() ?? ''
      const format = scheme?.text('bearerFormat')
      if (how === 'bearer') return { name, words: `HTTP Bearer${format === undefined ? '' : `, ${format}`}.`, advice: BY_JWT }
      return { name, words: `HTTP ${how === 'basic' ? 'Basic' : how}.`, advice: 'no authenticator reads this scheme: let callers come with tokens or API keys' }
    }
    case 'apiKey': {
      const where = `${scheme?.text('in') ?? ''} ${scheme?.text('name') ?? ''}`.trim()
      const header = scheme?.text('in') === 'header' ? `, header: ${quoted((scheme.text('name') ?? '').toLowerCase())}` : ''
      return { name, words: `An API key: ${where}.`, advice: `apiKey({ prefix: '…', environment: 'live', pepper: '…'${header} })` }
    }
    case 'oauth2':
      return { name, words: 'OAuth 2.0.', advice: BY_JWT }
    case 'openIdConnect':
      return { name, words: `OpenID Connect: ${scheme?.text('openIdConnectUrl') ?? ''}`, advice: BY_JWT }
    case 'mutualTLS':
      return { name, words: 'A client certificate.', advice: 'an authenticator beside transport({ … }), which can require a certificate' }
    default:
      return { name, words: name === DEFAULT_SCHEME ? 'Where the description does not say who may call.' : 'The description does not say how.', advice: BY_JWT }
  }
}
