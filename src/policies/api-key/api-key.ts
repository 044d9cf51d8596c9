import type { KeptKey } from '../../core/api-key.ts'
import { type Decision, type Deny, deny, skip } from '../../core/decision.ts'
import type { Exchange } from '../../core/exchange.ts'
import { definePolicy, type Handlers } from '../../core/policy.ts'
import type { Shared } from '../../core/shared.ts'
import { checkStaleness, stalenessOf } from '../../core/staleness-settings.ts'
import { tokenChallenge, tokenRefusal } from '../../core/token-refusal.ts'
import { keyIssuer, keyStart, readKeyId } from '../../keys/key-text.ts'
import { keptSecretOf } from '../../keys/mint.ts'
import { verifyKey } from '../../keys/verify.ts'
import { readBare, readBearer } from '../../lib/bearer.ts'
import { type KeyFault, type ReadyKey, readyKey } from './allowed.ts'
import { API_KEY_SETTINGS, type ApiKeySettings } from './settings.ts'
import { type Search, Strangers } from './strangers.ts'
import { Peppers, VerifiedKeys } from './verified.ts'

/** A key that changes more often than that while one request waits is not followed any further. */
const MAX_ROUNDS = 3

/** Authenticates by an API key of this gateway's own, in a header of its own or as `Authorization: Bearer`. The keys are made, rotated and revoked through the admin API. */
export const apiKey = definePolicy({
  name: 'api-key',
  stage: 'authenticate',
  settings: API_KEY_SETTINGS,
  credentials: ({ header }) => [header],
  principalsOf: ({ prefix, environment }) => keyIssuer(prefix, environment),
  bindings: () => ['KEYRING'],
  strongSecrets: ({ pepper }) => [pepper].flat(),
  // A token of another kind that begins so is nobody's: its text would have dots.
  claims: ({ header, prefix, environment }) => [`${header} opaque ${keyStart(prefix, environment)}`],

  check: checkStaleness,

  compile,
})

function compile(settings: ApiKeySettings, shared: Shared): Handlers {
  const { prefix, environment, header, realm } = settings
  const start = keyStart(prefix, environment)
  const isBearer = header === 'authorization'
  const place = { issuer: keyIssuer(prefix, environment), scheme: isBearer ? 'Bearer' : 'ApiKey', header }
  const challenge = tokenChallenge(place.scheme, realm)
  const told = { error: 'invalid_token', error_description: 'The API key is not valid here' }
  const refusal = (cause: string): Deny => tokenRefusal(401, `api-key.${cause}`, challenge, undefined, told)
  const refusals = { malformed: refusal('malformed'), unknown: refusal('unknown'), secret: refusal('secret'), pepper: refusal('pepper') }
  const faults = Object.fromEntries(FAULTS.map((fault) => [fault, refusal(fault)])) as Readonly<Record<KeyFault, Deny>>
  const nothingOfOurs = Object.freeze(skip(challenge))
  const multiple = tokenRefusal(400, 'api-key.multiple', challenge)
  const syntax = tokenRefusal(400, 'api-key.syntax', challenge)

  const staleness = stalenessOf(settings)
  const names = [settings.pepper].flat()
  const peppers = new Peppers(names)
  const strangers = shared.of('api-key strangers', () => new Strangers())
  // Counted apart: who guesses secrets of a key holds up no neighbour that brings a good one.
  const guessers = shared.of('api-key guessers', () => new Strangers())
  // Routes with the same keys have them verified once; what is remembered depends on nothing else.
  const verified = shared.of(`api-key verified ${JSON.stringify([start, names])}`, () => new VerifiedKeys())
  const ready = new WeakMap<KeptKey, ReadyKey>()

  const readyOf = (key: KeptKey): ReadyKey => {
    const known = ready.get(key)
    if (known !== undefined) return known
    const made = readyKey(key, place)
    ready.set(key, made)
    return made
  }

  const refuseUnknown = (text: string, x: Exchange, now: number): Deny => {
    strangers.add(x.caller, now)
    // As much work as for a key that is there.
    verifyKey(text, [], peppers.of(x.ports), now)
    return refusals.unknown
  }

  /** @returns what is wrong with the secret, or nothing. */
  const verify = (text: string, key: KeptKey, x: Exchange, now: number): 'secret' | 'pepper' | undefined => {
    if (verified.isVerified(text, key, now)) return undefined
    const found = verifyKey(text, key.secrets, peppers.of(x.ports), now)
    if (found.kind === 'refused') return found.why
    verified.set(text, key, found.secret, now)
    const [newest] = peppers.of(x.ports)
    if (newest !== undefined && found.pepper !== newest && key.revoked === undefined) {
      x.ports.keys.rehash(key.id, found.secret, keptSecretOf(text, newest), x)
    }
    return undefined
  }

  const judge = (text: string, key: KeptKey | undefined, x: Exchange): Decision | Promise<Decision> => {
    const now = x.ports.clock.now()
    if (key === undefined) return refuseUnknown(text, x, now)
    const wrong = verify(text, key, x, now)
    if (wrong === undefined) return allow(key, x, now)
    return staleness.maxStalenessMs === 0 ? refusals[wrong] : lookAgain(text, key, wrong, x, now)
  }

  /** A copy may be older than the secret that is brought: whoever replaced one may use it at once, everywhere. */
  const lookAgain = async (text: string, copy: KeptKey, wrong: 'secret' | 'pepper', x: Exchange, sinceMs: number): Promise<Decision> => {
    const restSeconds = guessers.restSeconds(x.caller, copy.id, sinceMs)
    if (restSeconds !== undefined) return tooMany(restSeconds)
    const search = guessers.begin(x.caller, copy.id, sinceMs)
    let known = copy
    let why = wrong
    try {
      for (let round = 0; round < MAX_ROUNDS; round++) {
        const key = await x.ports.keys.newer(known, sinceMs, x)
        const now = x.ports.clock.now()
        if (key === undefined) return refuseUnknown(text, x, now)
        if (key === known) break
        const still = verify(text, key, x, now)
        if (still === undefined) return allow(key, x, now)
        known = key
        why = still
      }
    } finally {
      guessers.end(search)
    }
    guessers.add(x.caller, x.ports.clock.now())
    return refusals[why]
  }

  const allow = (key: KeptKey, x: Exchange, now: number): Decision => {
    const { decision, fault } = readyOf(key)
    const wrong = fault(x, now)
    if (wrong !== undefined) return faults[wrong]
    x.ports.keys.used(key, x)
    return decision
  }

  const searched = async (found: Promise<KeptKey | undefined>, search: Search | undefined): Promise<KeptKey | undefined> => {
    try {
      return await found
    } finally {
      if (search !== undefined) strangers.end(search)
    }
  }

  const look = (text: string, x: Exchange): Decision | Promise<Decision> => {
    const known = verified.idOf(text)
    const id = known ?? readKeyId(text, start)
    if (id === undefined) return refusals.malformed
    const now = x.ports.clock.now()
    const restSeconds = known === undefined ? strangers.restSeconds(x.caller, id, now) : undefined
    if (restSeconds !== undefined) return tooMany(restSeconds)
    // Before anybody is asked: with a pepper that is none, nobody passes.
    peppers.of(x.ports)
    const found = x.ports.keys.find(id, staleness, x)
    if (!(found instanceof Promise)) return judge(text, found, x)
    const search = known === undefined ? strangers.begin(x.caller, id, now) : undefined
    return searched(found, search).then((key) => judge(text, key, x))
  }

  return {
    request(x: Exchange) {
      const value = x.headers.get(header)
      const reading = isBearer ? readBearer(value) : readBare(value)
      switch (reading.kind) {
        case 'absent':
        case 'other':
          return nothingOfOurs
        case 'multiple':
          return multiple
        case 'malformed':
          if (isBearer) return syntax
          return value?.startsWith(start) === true ? refusals.malformed : nothingOfOurs
        case 'token':
          return reading.token.startsWith(start) ? look(reading.token, x) : nothingOfOurs
      }
    },
  }
}

const FAULTS: readonly KeyFault[] = ['revoked', 'expired', 'not-yet-valid', 'address', 'origin', 'route']

function tooMany(restSeconds: number): Deny {
  return deny(429, 'api-key.too-many-unknown', { headers: { 'retry-after': `${restSeconds}` } })
}
