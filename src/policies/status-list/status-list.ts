import { type Decision, type Deny, pass } from '../../core/decision.ts'
import type { Exchange } from '../../core/exchange.ts'
import { judgeFactors } from '../../core/judge-factors.ts'
import { definePolicy, type Handlers } from '../../core/policy.ts'
import type { Principal } from '../../core/principal.ts'
import type { Shared } from '../../core/shared.ts'
import { tokenRefusal } from '../../core/token-refusal.ts'
import { keySetBindings, publishedKeys } from '../../jose/published-keys.ts'
import { checkSettings } from './check.ts'
import { allowedPlaces } from './list-place.ts'
import { listRules } from './list-token.ts'
import { type StatusReference, statusReference } from './reference.ts'
import { remoteLists, type StatusLists } from './remote-lists.ts'
import { STATUS_LIST_SETTINGS, type StatusListSettings } from './settings.ts'

const DEFAULT_FAIL_AFTER_SECONDS = 3600

/** The one status that passes (draft-ietf-oauth-status-list §7.1). */
const VALID = 0

/** Refuses tokens that their issuer's status list calls anything but valid (draft-ietf-oauth-status-list, the Token Status List). */
export const statusList = definePolicy({
  name: 'status-list',
  stage: 'authorize',
  settings: STATUS_LIST_SETTINGS,
  identityOnly: true,
  judgesOnly: ({ issuer }) => issuer,
  bindings: ({ keySet, service }) => [...keySetBindings(keySet), ...(service === undefined ? [] : [service])],
  check: checkSettings,
  compile,
})

function compile(settings: StatusListSettings, shared: Shared): Handlers {
  const { issuer, required } = settings
  const lists = listsOf(settings, shared)
  const isAllowed = allowedPlaces(settings.uris)

  const judgeLate = async ({ idx, uri }: StatusReference, { scheme }: Principal, x: Exchange): Promise<Decision> => {
    if (!isAllowed(uri)) return refused('malformed', scheme, 'uri is none of the configured places')
    const list = await lists.find(uri, idx, x)
    return decide(list.statuses.at(idx), scheme)
  }

  const judge = (principal: Principal, x: Exchange): Decision | Promise<Decision> => {
    if (principal.issuer !== issuer) return pass()
    const reference = statusReference(principal.claims)
    if (reference === 'missing') return required ? refused('missing', principal.scheme) : pass()
    if (reference === 'malformed') return refused('malformed', principal.scheme, 'status is no reference to a status list')
    const status = lists.current(reference.uri, x)?.statuses.at(reference.idx)
    return status === undefined ? judgeLate(reference, principal, x) : decide(status, principal.scheme)
  }

  return { request: (x) => judgeFactors(x, judge) }
}

function decide(status: number | undefined, scheme: string): Decision {
  if (status === VALID) return pass()
  return status === undefined ? refused('malformed', scheme, 'idx lies beyond the list') : refused('invalid', scheme, { status })
}

/** The caller learns what it would of any other bad token. */
function refused(cause: 'invalid' | 'missing' | 'malformed', scheme: string, detail?: unknown): Deny {
  return tokenRefusal(401, `status-list.${cause}`, { scheme }, detail)
}

/** One and the same for all routes with these settings, so that a list is fetched and kept once. */
function listsOf({ required: _, ...settings }: StatusListSettings, shared: Shared): StatusLists {
  const { issuer, algorithms, service, maxStalenessSeconds, failAfterSeconds, clockToleranceSeconds } = settings
  return shared.of(`status-lists ${JSON.stringify(settings)}`, () =>
    remoteLists({
      keys: publishedKeys(settings, shared),
      rules: listRules(issuer, algorithms, clockToleranceSeconds),
      service,
      maxStalenessMs: maxStalenessSeconds * 1000,
      failAfterMs: (failAfterSeconds ?? Math.max(DEFAULT_FAIL_AFTER_SECONDS, maxStalenessSeconds)) * 1000,
    }),
  )
}
