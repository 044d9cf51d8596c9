import { rawRequest } from '../test/workerd/raw.ts'
import { QUERY, REFUSED_NETWORKS } from './scenario.ts'

/** Requests that everything which claims the same protections must refuse, made from one that passes. */
const ATTACKS: readonly (readonly [what: string, status: number, change: (request: string) => string])[] = [
  ['no token', 401, (request) => request.replace(/Authorization: .*\r\n/, '')],
  ['a forged token', 401, (request) => request.replace(/(Authorization: .*)....\r\n/, '$1AAAA\r\n')],
  ['plain http', 403, (request) => request.replace(/(?:portcullis-proto|X-Forwarded-Proto): https\r\n/g, '')],
  [
    'a refused network',
    403,
    (request) => request.replace(/(CF-Connecting-IP|X-Forwarded-For): .*\r\n/g, `$1: ${REFUSED_NETWORKS[500]?.replace(/0\/24$/, '9')}\r\n`),
  ],
  ['a country that is not allowed', 403, (request) => request.replace('"country":"SE"', '"country":"XX"').replace('CF-IPCountry: SE', 'CF-IPCountry: XX')],
  ['a query that the schema refuses', 400, (request) => request.replace(QUERY, '?status=open&limit=1000')],
]

/** Headers that every protected response carries. */
const EXPECTED = ['access-control-allow-origin', 'content-security-policy', 'strict-transport-security', 'x-content-type-options', 'x-request-id']
/** Headers of the origin that none may carry. */
const REVEALING = ['server', 'x-powered-by']

/**
 * Makes sure that a variant does what it is compared for, so that nobody is fast by not protecting.
 * @returns what it does not do.
 */
export async function shortcomings(port: number, good: string): Promise<readonly string[]> {
  const found: string[] = []
  const passed = await rawRequest(port, good)
  if (passed.status !== 200) found.push(`a good request is answered ${passed.status}: ${passed.body.slice(0, 300)}`)
  found.push(...EXPECTED.filter((name) => passed.headers[name] === undefined).map((name) => `no ${name} in the response`))
  found.push(...REVEALING.filter((name) => passed.headers[name] !== undefined).map((name) => `the origin's ${name} in the response`))
  for (const [what, status, change] of ATTACKS) {
    const attack = change(good)
    if (attack === good) throw new Error(`the attack "${what}" changes nothing`)
    const answer = await rawRequest(port, attack)
    if (answer.status !== status) found.push(`${what} is answered ${answer.status}, not ${status}`)
  }
  return found
}
