import type { Decision } from '../../core/decision.ts'
import type { Exchange } from '../../core/exchange.ts'
import { definePolicy } from '../../core/policy.ts'
import { bytesWithin } from '../../core/request-body.ts'
import { headerFault } from '../../jose/header.ts'
import type { KeySet } from '../../jose/key-set.ts'
import { keySetBindings, publishedKeys } from '../../jose/published-keys.ts'
import { verifySignature } from '../../jose/signature.ts'
import { parseContentType } from '../../lib/content-type.ts'
import { refusal, TOO_LARGE, taken, UNSUPPORTED_TYPE } from './answers.ts'
import { checkSettings } from './check.ts'
import { type ConsequenceRules, type Consequences, consequenceRules, consequencesOf } from './consequences.ts'
import { type SetFault, setFault } from './fault.ts'
import { MAX_SET_BYTES, readSet } from './read-set.ts'
import { type CheckedSet, checkSet, type SetRules, setRules } from './rules.ts'
import { SECURITY_EVENTS_SETTINGS } from './settings.ts'

/**
 * Receives Security Event Tokens of an issuer (RFC 8417) by push (RFC 8935) and revokes the tokens that they concern. It answers every request that reaches it, so it stands
 * on a route of its own, and last: whatever else could refuse the request has had its say.
 */
export const securityEvents = definePolicy({
  name: 'security-events',
  stage: 'decide',
  settings: SECURITY_EVENTS_SETTINGS,
  single: true,
  bindings: ({ keySet }) => ['LEDGER', ...keySetBindings(keySet)],
  check: checkSettings,

  compile(settings, shared) {
    const receiver = { rules: setRules(settings), consequences: consequenceRules(settings), keys: publishedKeys(settings, shared) }
    return { request: (x) => (isSet(x) ? receive(x, receiver) : UNSUPPORTED_TYPE) }
  },
})

interface Receiver {
  readonly rules: SetRules
  readonly consequences: ConsequenceRules
  readonly keys: KeySet
}

function isSet({ headers }: Exchange): boolean {
  const coding = headers.get('content-encoding')
  if (coding !== null && coding.toLowerCase() !== 'identity') return false
  return parseContentType(headers.get('content-type') ?? '')?.mediaType === 'application/secevent+jwt'
}

async function receive(x: Exchange, receiver: Receiver): Promise<Decision> {
  const bytes = await bytesWithin(x.body, MAX_SET_BYTES)
  if (bytes === undefined) return TOO_LARGE
  const set = await verify(bytes, receiver, x)
  if ('reason' in set) return refusal(set)
  const consequences = consequencesOf(set, receiver.consequences)
  if ('reason' in consequences) return refusal(consequences)
  return await act(consequences, x)
}

/** What costs nothing first, the signature last; nothing follows from a token before all of it holds. */
async function verify(bytes: Uint8Array, { rules, keys }: Receiver, x: Exchange): Promise<CheckedSet | SetFault> {
  const token = readSet(bytes)
  if ('reason' in token) return token
  const refused = headerFault(token.header, rules.header)
  if (refused !== undefined) return setFault(refused)
  const checked = checkSet(token.claims, rules, x.ports.clock.now())
  if ('reason' in checked) return checked
  const key = await verifySignature(token, (kid, alg) => keys.find(kid, alg, x))
  return 'reason' in key ? setFault(key) : checked
}

/** Acknowledges only what the ledger has on disk: a failure is thrown, and the transmitter sends the token again. */
async function act(consequences: Consequences, x: Exchange): Promise<Decision> {
  const { ports } = x
  const { unusable, unknown } = consequences
  if (unusable.length > 0) ports.notice('security-events.unusable', unusable.join('; '))
  if (unknown.length > 0) ports.notice('security-events.unknown', unknown.map(writtenType).join('; '))
  const now = ports.clock.now()
  // Of a late token, what it concerns may have expired.
  const revocations = consequences.revocations.filter(({ untilMs }) => untilMs > now)
  if (revocations.length > 0) {
    // One that revokes, and one for what is revoked by then.
    x.meter.objectCalls += 2
    await ports.revocations.revoke(revocations)
  }
  return taken({ ...consequences, revocations })
}

/** A type is the transmitter's text: what does not look like one stays out of the log. */
function writtenType(uri: string): string {
  return /^[A-Za-z0-9:/._~-]{1,128}$/.test(uri) ? uri : 'a type that is no plain URI'
}
