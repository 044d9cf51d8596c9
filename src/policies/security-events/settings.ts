import * as v from 'valibot'
import { asking } from '../../core/setting-words.ts'
import { oneOrMore, seconds, text, wholeSeconds } from '../../core/token-settings.ts'
import { publishedAlgorithms, publishedKeySet } from '../../jose/key-set-setting.ts'
import { REVOKING_EVENTS } from './event-types.ts'

/** What stands in the ledger has a bound. */
const boundedText = v.pipe(text, v.maxLength(4096, 'at most 4096 characters'))

const DAY = 86_400

/** The settings of `security-events`. */
export const SECURITY_EVENTS_SETTINGS = v.strictObject({
  issuer: v.pipe(boundedText, v.description('The `iss` of the events, character for character: who sends them (the transmitter).')),
  audience: v.pipe(oneOrMore, v.description('The `aud` that an event must name: one, or a list of which it must name at least one.')),
  keySet: v.pipe(
    publishedKeySet,
    v.description(
      'Where the transmitter’s keys come from: `{ jwks }` inline, `{ url }` over the network (the `jwks_uri` of its `/.well-known/ssf-configuration`), `{ service, url }` through a service binding, or `{ discovery: "oidc" }` at the address that its OpenID configuration names. Its keys are asked for once for all controls that name the same place.',
    ),
  ),
  algorithms: v.pipe(publishedAlgorithms, v.description('The signature algorithms that are accepted. There are none of shared secrets.')),
  tokenIssuer: v.pipe(
    v.optional(boundedText),
    v.description('The `iss` of the tokens that the events concern. Events about subjects of another issuer are refused. Default: `issuer`.'),
  ),
  subjectIssuer: v.pipe(
    v.optional(boundedText),
    v.description(
      'How the events’ subjects write the issuer of the tokens, where they write it otherwise: Google’s have a slash at its end. Default: `tokenIssuer`.',
    ),
  ),
  tokensLiveSeconds: v.pipe(
    wholeSeconds(1, 365 * DAY),
    v.description(
      'How long a token of that issuer lives at most, from `iat` to `exp`: revocations are kept so long. Too short, and a revoked token is good again.',
    ),
  ),
  tokensHaveSid: v.pipe(
    v.optional(v.boolean(), false),
    v.description(
      'Whether every token carries its session (`sid`). Where they do not, an event about one session ends all of its user’s tokens, since nobody can tell which are of that session. Default false.',
    ),
  ),
  events: v.pipe(
    v.optional(
      v.pipe(
        v.array(v.picklist(REVOKING_EVENTS)),
        v.minLength(1, asking('at least one event', 'write an event, or leave the setting out for all that can revoke')),
      ),
      [...REVOKING_EVENTS],
    ),
    v.description('The events that revoke. Others are acknowledged and revoke nothing. Default: all that can.'),
  ),
  maxAgeSeconds: v.pipe(
    v.optional(wholeSeconds(60, 90 * DAY), 7 * DAY),
    v.description('How long ago an event may have been signed (`iat`). Events have no end of their own and may be delivered late. Default 604800, a week.'),
  ),
  clockToleranceSeconds: v.pipe(
    v.optional(seconds(0, 300), 60),
    v.description('How many seconds the transmitter’s clock may be ahead, or behind when `maxAgeSeconds` is judged. Default 60, at most 300.'),
  ),
})

/** Settings that were checked, with their defaults. */
export type SecurityEventsSettings = v.InferOutput<typeof SECURITY_EVENTS_SETTINGS>
