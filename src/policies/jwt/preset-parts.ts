const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'

/** What an argument of a preset may be: a pattern for the whole of it, and words for who wrote another. */
const PARTS = {
  domain: [new RegExp(`^${LABEL}(?:\\.${LABEL})+$`), 'a domain alone, in lower case, without https:// and path'],
  team: [new RegExp(`^${LABEL}$`), 'the name before .cloudflareaccess.com'],
  project: [new RegExp(`^${LABEL}$`), 'the id of the project'],
  tenant: [/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'the id of one tenant, a GUID in lower case'],
  userPoolId: [/^[a-z]{2}(?:-[a-z]+)+-\d_[A-Za-z0-9]{1,55}$/, 'like eu-central-1_AbCdEfGhI'],
  authorizationServer: [/^[A-Za-z0-9]{1,64}$/, 'the id of a custom authorization server, or default'],
  realm: [/^[A-Za-z0-9._~-]{1,64}$/, 'the name of a realm'],
  basePath: [/^(?:\/[A-Za-z0-9._~-]+)*$/, 'empty, or like /auth'],
} as const satisfies Readonly<Record<string, readonly [RegExp, string]>>

/**
 * Takes an argument of a preset into its issuer.
 * @returns the argument; or, for a bad one, words that no issuer's URL can hold: the check of the settings then shows them, with all other problems of the configuration.
 */
export function part(name: keyof typeof PARTS, given: string): string {
  const [pattern, form] = PARTS[name]
  return typeof given === 'string' && pattern.test(given) ? given : `<${name}: ${form}, not ${JSON.stringify(given)}>`
}
