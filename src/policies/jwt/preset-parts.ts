import { type PresetFault, withFaults } from '../../core/preset.ts'
import { shown } from '../../core/shown.ts'
import type { JwtGiven } from './settings.ts'

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'

/** What an argument of a preset may be: a pattern for the whole of it, what it is in words, and one that is good. */
const PARTS = {
  domain: [new RegExp(`^${LABEL}(?:\\.${LABEL})+$`), 'a domain alone, in lower case, without https:// and path', 'login.example.com'],
  hostedDomain: [new RegExp(`^${LABEL}(?:\\.${LABEL})+$`), 'a domain of Google Workspace, in lower case', 'example.com'],
  team: [new RegExp(`^${LABEL}$`), 'the name before .cloudflareaccess.com', 'acme'],
  project: [new RegExp(`^${LABEL}$`), 'the id of the project', 'abcdefghijklmnopqrst'],
  tenant: [
    /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    'the id of one tenant, a GUID in lower case (common, organizations and consumers stand for many)',
    '11111111-2222-3333-4444-555555555555',
  ],
  userPoolId: [/^[a-z]{2}(?:-[a-z]+)+-\d_[A-Za-z0-9]{1,55}$/, 'the id of the user pool: its region, _ and a name', 'eu-central-1_AbCdEfGhI'],
  authorizationServer: [/^[A-Za-z0-9]{1,64}$/, 'the id of a custom authorization server', 'default'],
  realm: [/^[A-Za-z0-9._~-]{1,64}$/, 'the name of a realm', 'acme'],
  basePath: [/^(?:\/[A-Za-z0-9._~-]+)*$/, 'the path before /realms, without a slash at its end, or nothing', '/auth'],
} as const satisfies Readonly<Record<string, readonly [RegExp, string, string]>>

/** The arguments of one preset: takes them into settings, and what is wrong with them beside those. */
export class PresetArguments {
  readonly #preset: string
  readonly #faults: PresetFault[] = []

  /** @param preset as one writes it: `providers.entra`. */
  constructor(preset: string) {
    this.#preset = preset
  }

  /** @returns the argument, for a part of the issuer; or, for a bad one, what no issuer can hold, so that the settings are none even without the faults. */
  part(name: keyof typeof PARTS, given: string | undefined): string {
    const [pattern, form, example] = PARTS[name]
    if (typeof given === 'string' && pattern.test(given)) return given
    this.#add(name, given, `${form}, like ${example}`, `write ${name} like ${JSON.stringify(example)}`, ['issuer', 'keySet', 'audience', 'claims'])
    return `<${name}>`
  }

  /** @returns the argument that stands in the settings as the audience, under another name. */
  audience(name: string, given: JwtGiven['audience'], form: string): JwtGiven['audience'] {
    const isSound = [given].flat().length > 0 && [given].flat().every((one) => typeof one === 'string' && one !== '')
    if (!isSound) this.#add(name, given, `${form}, or a list of at least one`, `write ${name} as ${form}, or a list of some`, ['audience'])
    return given
  }

  /** @returns the argument, a switch. */
  flag(name: string, given: boolean): boolean {
    if (typeof given !== 'boolean') this.#add(name, given, 'true or false', `write ${name} as true or false, without quotation marks`, ['claims'])
    return given === true
  }

  /** @returns the settings, with what is wrong with the arguments. */
  settings(made: JwtGiven): JwtGiven {
    return withFaults(made, this.#faults)
  }

  #add(argument: string, given: unknown, expected: string, fix: string, spoils: readonly string[]): void {
    this.#faults.push({ argument, found: `${shown(given)} as ${argument} of ${this.#preset}`, expected, fix, spoils })
  }
}
