import * as v from 'valibot'
import type { KeptKey, KeyLimit } from '../core/api-key.ts'
import { KEY_ID, keyIssuer } from '../keys/key-text.ts'
import { MAX_KEY_CHARACTERS, MAX_ORIGINS, MAX_OWN_BURST, MAX_OWN_LIMIT, MAX_PLACE_LENGTH } from '../keys/message.ts'
import { mintKey, mintSecret } from '../keys/mint.ts'
import { parseNetwork } from '../lib/network.ts'
import { faultOfOwnFigures, NOT_BY_CALLER } from '../policies/rate-limit/own-figures.ts'
import { KEY_ANSWER, keyAnswer } from './key-answer.ts'
import { minted, shownAgain } from './minting.ts'
import { checkPlace, type KeyFamily, keyFamiliesOf, settingsOf } from './named.ts'
import { type AdminFacts, type Call, change, type Operation, reading } from './operation.ts'
import { nothingThere, refusal, unprocessableAt } from './refusal.ts'
import { PAGE, pageOf, REASON, REPEATED_WITHIN_MS, TIME, text, words } from './schema.ts'

const DAY_MS = 86_400_000

/** As much as the keyring keeps of a key, but for its id and its secret. */
const MAX_SPEC_CHARACTERS = MAX_KEY_CHARACTERS - 256

const ID = v.pipe(v.string(), v.regex(KEY_ID, words('the id of a key: 16 letters and digits')))
const PARAMS = v.strictObject({ id: ID })
const NAMES = v.pipe(v.array(text(1, 128)), v.maxLength(64))
const OWNER = v.pipe(text(1, 256), v.description('Whose it is: the subject of the principal that it makes.'))
const figure = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most))

const NEW_KEY = v.strictObject({
  owner: OWNER,
  name: v.pipe(text(1, 128), v.description('For people.')),
  prefix: v.exactOptional(v.pipe(text(1, 12), v.description('What its text begins with. Needed where the configuration knows several.'))),
  environment: v.exactOptional(text(1, 8)),
  level: v.exactOptional(text(1, 64)),
  scopes: v.exactOptional(NAMES, []),
  roles: v.exactOptional(NAMES, []),
  metadata: v.exactOptional(
    v.pipe(
      v.record(v.pipe(v.string(), v.regex(/^[A-Za-z][\w.-]{0,63}$/, words('a name of letters, digits, _, - and dots'))), text(0, 256)),
      v.check((given) => Object.keys(given).length <= 20, words('at most 20 entries')),
    ),
    {},
  ),
  limits: v.exactOptional(
    v.pipe(
      v.record(text(1, 64), v.strictObject({ limit: figure(MAX_OWN_LIMIT), burst: v.exactOptional(figure(MAX_OWN_BURST)) })),
      v.check((given) => Object.keys(given).length <= 20, words('at most 20 entries')),
      v.description('Figures of its own, by the limit’s name: they take the place of the configured ones.'),
    ),
    {},
  ),
  allowedIps: v.exactOptional(
    v.pipe(
      v.array(
        v.pipe(
          text(2, 64),
          v.check((given) => typeof parseNetwork(given) !== 'string', words('an address or a CIDR network without host bits')),
        ),
      ),
      v.maxLength(64),
    ),
    [],
  ),
  allowedOrigins: v.exactOptional(
    v.pipe(
      v.array(v.pipe(text(9, 256), v.regex(/^https:\/\/[a-z0-9.-]+(?::\d{1,5})?$/, words('an origin, like https://app.example.com')))),
      v.maxLength(MAX_ORIGINS),
    ),
    [],
  ),
  allowedRoutes: v.exactOptional(
    v.pipe(v.array(text(1, MAX_PLACE_LENGTH)), v.maxLength(64), v.description('As `zone`, or `zone GET /v1/users/:id`; none: any.')),
    [],
  ),
  notBefore: v.exactOptional(TIME),
  expires: v.exactOptional(TIME),
})

const SHOWN_ONCE = v.strictObject({
  key: v.pipe(v.string(), v.description('The key itself. It is kept nowhere: the same request again within a day is the only way to see it again.')),
  item: KEY_ANSWER,
})

/** What operations do with API keys. */
export const KEY_OPERATIONS: readonly Operation[] = [
  change({
    method: 'POST',
    path: '/keys',
    id: 'createKey',
    role: 'admin',
    summary: 'Creates an API key and shows it, once.',
    type: 'admin.keys.create',
    status: 201,
    body: NEW_KEY,
    answer: SHOWN_ONCE,
    prepare({ x, facts, body, by }) {
      const family = familyOf(facts, body)
      checkNames(facts, body)
      const { prefix, environment } = family
      const { notBefore, expires, prefix: _, environment: __, ...spec } = body
      const notBeforeMs = notBefore === undefined ? undefined : Date.parse(notBefore)
      const expiresMs = expires === undefined ? undefined : Date.parse(expires)
      const checkEnd = (earliestMs: number) => {
        if (expiresMs !== undefined && expiresMs <= Math.max(earliestMs, notBeforeMs ?? 0))
          throw unprocessableAt('#/expires', 'a time to come, after notBefore')
      }
      checkEnd(x.ports.clock.now() - REPEATED_WITHIN_MS)
      const times = { ...(notBeforeMs !== undefined && { notBeforeMs }), ...(expiresMs !== undefined && { expiresMs }) }
      const key = { ...spec, ...times, prefix, environment, createdBy: by }
      if (JSON.stringify(key).length > MAX_SPEC_CHARACTERS)
        throw unprocessableAt('#', 'a key that says less of itself: lists and metadata are too long together')
      const mint = (seed: string) => (pepper: string) => mintKey({ prefix, environment, seed, pepper })
      return {
        target: `${prefix}_${environment}`,
        personal: { target: `${body.owner}: ${body.name}` },
        async apply(seed, again) {
          checkEnd(x.ports.clock.now())
          const { id, text, secret } = await minted(mint(seed), family, x, again)
          const kept = await x.ports.keys.create({ ...key, id, secret })
          const item = keyAnswer(kept, x.ports.clock.now())
          return { answer: { key: text, item }, kept: { item, pepper: secret.pepper } }
        },
        again: (kept, seed) => shownAgain(kept, family, x, mint(seed)),
      }
    },
  }),

  reading({
    path: '/keys',
    id: 'listKeys',
    role: 'viewer',
    summary: 'Lists API keys, all or those of one owner.',
    query: v.strictObject({ ...PAGE, owner: v.exactOptional(text(1, 256)) }),
    answer: pageOf(KEY_ANSWER),
    async read({ x, facts, query: { limit, cursor = '', owner } }) {
      if (keyFamiliesOf(facts).length === 0) return { items: [] }
      const page = x.ports.keys.list({ cursor, limit, ...(owner !== undefined && { owner }) })
      const { keys, next } = await page.catch((error: unknown) => {
        throw error instanceof RangeError ? unprocessableAt('query/cursor', 'what the page before gave as next') : error
      })
      return { items: keys.map((key) => keyAnswer(key, x.ports.clock.now())), ...(next !== undefined && { next }) }
    },
  }),

  reading({
    path: '/keys/{id}',
    id: 'showKey',
    role: 'viewer',
    summary: 'Describes an API key.',
    params: PARAMS,
    answer: KEY_ANSWER,
    read: async (call) => keyAnswer(await readKey(call), call.x.ports.clock.now()),
  }),

  change({
    method: 'POST',
    path: '/keys/{id}/rotate',
    id: 'rotateKey',
    role: 'admin',
    summary:
      'Gives an API key another secret and shows it, once. The one before works for a stated time; without one, all before it end at once, in an overlap too.',
    type: 'admin.keys.rotate',
    status: 200,
    params: PARAMS,
    body: v.strictObject({ overlapSeconds: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2_592_000)) }),
    answer: SHOWN_ONCE,
    async prepare(call) {
      const { x, facts, params, body } = call
      const { id, owner, name, prefix, environment } = await readKey(call)
      const family = keyFamiliesOf(facts).find((one) => one.prefix === prefix && one.environment === environment)
      if (family === undefined) throw refusal(409, 'key-family', 'The configuration takes no keys of this kind any more.')
      const mint = (seed: string) => (pepper: string) => mintSecret({ prefix, environment, seed, pepper, id })
      return {
        target: params.id ?? '',
        facts: { overlapSeconds: body.overlapSeconds },
        personal: { target: `${owner}: ${name}` },
        async apply(seed, again) {
          const { text: key, secret } = await minted(mint(seed), family, x, again)
          const rotated = await x.ports.keys.rotate(id, secret, body.overlapSeconds === 0 ? undefined : x.ports.clock.now() + body.overlapSeconds * 1000)
          if (rotated === undefined) throw nothingThere()
          const item = keyAnswer(rotated, x.ports.clock.now())
          return { answer: { key, item }, kept: { item, pepper: secret.pepper } }
        },
        again: (kept, seed) => shownAgain(kept, family, x, mint(seed)),
      }
    },
  }),

  change({
    method: 'POST',
    path: '/keys/{id}/revoke',
    id: 'revokeKey',
    role: 'operator',
    summary: 'Ends an API key for good, everywhere within seconds.',
    type: 'admin.keys.revoke',
    status: 200,
    params: PARAMS,
    body: v.strictObject({ reason: REASON }),
    answer: KEY_ANSWER,
    async prepare(call) {
      const { x, body, by } = call
      const { id, owner, name, prefix, environment } = await readKey(call)
      return {
        target: id,
        personal: { target: `${owner}: ${name}`, reason: body.reason },
        async apply() {
          // Copies of the key are as old as each route lets them be; the ledger is quicker. After a day there is no copy left.
          const untilMs = x.ports.clock.now() + DAY_MS
          const token = { kind: 'token', issuer: keyIssuer(prefix, environment), value: id, untilMs, reason: body.reason, by } as const
          const revoked = await both(x.ports.keys.revoke(id, by, body.reason), x.ports.revocations.revoke([token]))
          if (revoked === undefined) throw nothingThere()
          return { answer: keyAnswer(revoked, x.ports.clock.now()) }
        },
      }
    },
  }),

  change({
    method: 'POST',
    path: '/keys/revoke-by-owner',
    id: 'revokeKeysOfOwner',
    role: 'admin',
    summary: 'Ends all API keys of an owner for good.',
    type: 'admin.keys.revoke-by-owner',
    status: 200,
    body: v.strictObject({ owner: OWNER, reason: REASON }),
    answer: v.strictObject({ revoked: v.pipe(v.number(), v.description('How many were ended now.')) }),
    prepare({ x, facts, body: { owner, reason }, by }) {
      const families = keyFamiliesOf(facts)
      if (families.length === 0) throw noFamily()
      return {
        target: x.ports.pseudonym(owner),
        personal: { target: owner, reason },
        async apply() {
          // From now on, not from when all are ended: a key that is made meanwhile and is not ended must not be refused for a day and good again then.
          const beforeMs = x.ports.clock.now()
          const base = { kind: 'subject', value: owner, beforeMs, untilMs: beforeMs + DAY_MS, reason, by } as const
          const subjects = families.map(({ prefix, environment }) => ({ ...base, issuer: keyIssuer(prefix, environment) }))
          const revoked = await both(x.ports.keys.revokeOwner(owner, by, reason), x.ports.revocations.revoke(subjects))
          return { answer: { revoked } }
        },
      }
    },
  }),
]

/** Waits for both: where one is out of reach, the other ends the key all the same, and the same request does the rest. @throws the failure of either */
async function both<T>(inKeyring: Promise<T>, inLedger: Promise<void>): Promise<T> {
  await Promise.allSettled([inKeyring, inLedger])
  await inLedger
  return await inKeyring
}

async function readKey({ x, facts, params }: Pick<Call, 'x' | 'facts' | 'params'>): Promise<KeptKey> {
  const key = keyFamiliesOf(facts).length === 0 ? undefined : await x.ports.keys.read(params.id ?? '')
  if (key === undefined) throw nothingThere()
  return key
}

function familyOf(facts: AdminFacts, { prefix, environment }: { readonly prefix?: string; readonly environment?: string }): KeyFamily {
  const families = keyFamiliesOf(facts)
  if (families.length === 0) throw noFamily()
  const fit = families.filter((family) => (prefix ?? family.prefix) === family.prefix && (environment ?? family.environment) === family.environment)
  if (fit.length === 0) throw unprocessableAt(prefix === undefined ? '#/environment' : '#/prefix', 'prefix and environment of an apiKey of the configuration')
  if (fit.length > 1) throw unprocessableAt('#/prefix', 'prefix and environment: the configuration takes several kinds of keys')
  return fit[0] as KeyFamily
}

function noFamily() {
  return refusal(409, 'key-family', 'The configuration takes no API keys.')
}

function checkNames(
  facts: AdminFacts,
  { limits, allowedRoutes }: { readonly limits: Readonly<Record<string, KeyLimit>>; readonly allowedRoutes: readonly string[] },
): void {
  for (const [name, own] of Object.entries(limits)) {
    const named = settingsOf(facts, name)
    if (named.length === 0) throw unprocessableAt('#/limits', 'names of limits of the configuration')
    const faults = named.map((settings) => faultOfOwnFigures(settings, own))
    // Of limits of one name in several zones, one that takes them is enough where the others count by something else.
    const fault = faults.find((one) => one !== undefined && one !== NOT_BY_CALLER) ?? (faults.includes(undefined) ? undefined : NOT_BY_CALLER)
    if (fault !== undefined) throw unprocessableAt('#/limits', `figures that the limit can use: ${fault}`)
  }
  for (const [i, written] of allowedRoutes.entries()) {
    const space = written.indexOf(' ')
    const place = space < 0 ? { zone: written } : { zone: written.slice(0, space), route: written.slice(space + 1) }
    try {
      checkPlace(facts, place)
    } catch {
      throw unprocessableAt(`#/allowedRoutes/${i}`, 'a zone of the configuration, or a zone and a route of it')
    }
  }
}
