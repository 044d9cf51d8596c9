import { type Decision, deny, pass } from '../../core/decision.ts'
import type { Exchange } from '../../core/exchange.ts'
import { definePolicy } from '../../core/policy.ts'
import { MAX_VIOLATIONS, type Violation } from '../../core/problem.ts'
import { bytesWithin } from '../../core/request-body.ts'
import { compileField, type Found, isInBody, isInQuery, UnreadableQuery } from './fields.ts'
import { isInternalName } from './internal-name.ts'
import { compileUrlRules, type UrlInputFault } from './judge-url.ts'
import { type UrlInputsSettings, urlInputsSettings } from './settings.ts'

const AMBIGUOUS_URL = deny(400, 'url-inputs.url', { problem: { detail: 'The URL is ambiguous.' } })
const UNREAD = deny(415, 'url-inputs.unread', { problem: { detail: 'The body has a media type in which fields cannot be looked at.' } })
const UNREADABLE_QUERY = deny(400, 'url-inputs.query', {
  problem: { detail: 'The query is not valid percent-encoded UTF-8, or has an empty parameter or a bare semicolon.' },
})

/** Lets fields that are URLs through only if they name a public host, in a form that every parser reads alike: what the origin fetches for a client must not be its own network. */
export const urlInputs = definePolicy({
  name: 'url-inputs',
  stage: ({ fields }) => (fields.some(isInBody) ? 'decide' : 'validate'),
  settings: urlInputsSettings,
  needsValidated: ({ fields }) => (fields.some(isInBody) ? ['body'] : []),
  check({ fields, hosts = [] }, path, problems) {
    for (const [i, field] of fields.entries()) {
      if (fields.indexOf(field) < i)
        problems.add([...path, 'fields', i], { found: 'one field twice', expected: 'each field once', fix: 'leave the second one out' })
    }
    for (const [i, host] of hosts.entries()) {
      if (!isInternalName(host) && !/\.\d+$/.test(host)) continue
      problems.add([...path, 'hosts', i], {
        found: 'an address, or a name that only a network of one’s own knows',
        expected: 'a public name',
        fix: 'remove it: such URLs are refused whatever is listed',
      })
    }
  },
  compile(settings) {
    const finds = settings.fields.map(compileField)
    const faultOf = compileUrlRules(settings)
    const details = detailsOf(settings)
    const readsBody = settings.fields.some(isInBody)
    const readsQuery = settings.fields.some(isInQuery)
    return {
      request(x) {
        if (readsQuery && x.url.fault !== undefined) return AMBIGUOUS_URL
        const found = valuesIn(x)
        if (found === undefined) return UNREADABLE_QUERY
        const decision = judge(found)
        return decision.kind === 'pass' && readsBody && x.validated.body === undefined && x.body.present ? onlyEmpty(x) : decision
      },
    }

    function valuesIn(x: Exchange): readonly Found[] | undefined {
      const found: Found[] = []
      try {
        for (const find of finds) find(x, found)
      } catch (error) {
        if (error instanceof UnreadableQuery) return undefined
        throw error
      }
      return found
    }

    function judge(found: readonly Found[]): Decision {
      const errors: Violation[] = []
      let first: UrlInputFault | undefined
      for (const { value, pointer } of found) {
        const fault = faultOf(value)
        if (fault === undefined) continue
        first ??= fault
        errors.push({ pointer: pointer(), detail: details[fault], rule: fault })
        if (errors.length === MAX_VIOLATIONS) break
      }
      if (first === undefined) return pass()
      const status = errors.some((error) => isInBody(error.pointer)) ? 422 : 400
      return deny(status, `url-inputs.${first}`, { detail: errors, problem: { errors } })
    }
  },
})

/** A body of which a control before let pass something that it did not read: nobody here knows what stands in it. */
async function onlyEmpty({ body }: Exchange): Promise<Decision> {
  return (await bytesWithin(body, 0)) === undefined ? UNREAD : pass()
}

/** What to send instead. */
function detailsOf({ schemes, ports, maxCharacters }: UrlInputsSettings): Readonly<Record<UrlInputFault, string>> {
  return {
    type: 'must be a text that is a URL',
    'too-long': `must have at most ${maxCharacters} characters`,
    syntax: 'must be an absolute URL, like https://example.com/path: a scheme in lower case, two slashes, a host, a slash; other characters percent-encoded',
    scheme: `must have one of these schemes: ${schemes.join(', ')}`,
    credentials: 'must have no user name, password or @ before the host',
    'host-syntax':
      'must have a host in its plain form: letters, digits and hyphens (punycode for others), or an address as it is written today; no dot at its end',
    port: ports === undefined ? 'must have the port of its scheme, or none' : `must have one of these ports: ${ports.join(', ')}`,
    internal: 'must have a public host: no private or special address, no name of a network of one’s own',
    host: 'must have one of the hosts that are accepted here',
    fragment: 'must have no fragment',
  }
}
