import type { Challenge } from '../../core/challenge.ts'
import { type Condition, compileCondition, conditionParams, type Judge } from '../../core/condition.ts'
import { readsClaim } from '../../core/condition-claims.ts'
import { deny, pass } from '../../core/decision.ts'
import { definePolicy, type Policy, type PolicyOptions } from '../../core/policy.ts'
import { compileRequirement, namesIn, type Requirement, sufficient } from './requirement.ts'
import { authorizeSettings } from './settings.ts'

const NO_PRINCIPAL = deny(403, 'authorize.no-principal')
const NOT_OWNER = deny(403, 'authorize.owner')
const NOT_WHEN = deny(403, 'authorize.condition')

const make = definePolicy({
  name: 'authorize',
  stage: 'authorize',
  settings: authorizeSettings,

  params({ owner, when }) {
    const read = [owner, when].flatMap((condition) => (condition === undefined ? [] : conditionParams(condition)))
    return [...new Set(read)]
  },

  scopes: ({ scopes }) => (scopes === undefined ? [] : namesIn(scopes)),

  check({ scopes, roles, owner, when }, path, problems) {
    if (scopes === undefined && roles === undefined && owner === undefined && when === undefined) {
      problems.add(path, {
        found: 'no requirement',
        expected: 'at least one of scopes, roles, owner and when',
        fix: 'say what the principal must have, or remove authorize: without a requirement everybody who authenticates would pass',
      })
    }
    if (owner !== undefined && !readsClaim(owner)) {
      problems.add([...path, 'owner'], {
        found: 'a condition that reads no claim',
        expected: 'a comparison with a claim of the principal',
        fix: "compare with whose it is, like eq(param('id'), claim('sub')), or write the condition as when",
      })
    }
  },

  compile({ scopes, roles, owner, when }) {
    const holdsScopes = scopes === undefined ? undefined : compileRequirement(scopes)
    const holdsRoles = roles === undefined ? undefined : compileRequirement(roles)
    const owns: Judge | undefined = owner === undefined ? undefined : compileCondition(owner)
    const holds: Judge | undefined = when === undefined ? undefined : compileCondition(when)
    const noScope = deny(403, 'authorize.scope', { detail: { requires: scopes } })
    const noBearerScope = deny(403, 'authorize.scope', { detail: { requires: scopes }, challenges: [insufficientScope(scopes ?? [])] })
    const noRole = deny(403, 'authorize.role', { detail: { requires: roles } })

    return {
      request(x) {
        const { principal } = x
        if (principal === undefined) return NO_PRINCIPAL
        if (holdsScopes !== undefined && !holdsScopes(principal.scopes)) return principal.scheme === 'Bearer' ? noBearerScope : noScope
        if (holdsRoles !== undefined && !holdsRoles(principal.roles)) return noRole
        if (owns !== undefined && owns(x) !== true) return NOT_OWNER
        if (holds !== undefined && holds(x) !== true) return NOT_WHEN
        return pass()
      },
    }
  },
})

/** RFC 6750 §3.1: says which scopes would do. They hold no quotes: the settings refuse them. */
function insufficientScope(scopes: Requirement): Challenge {
  return { scheme: 'Bearer', params: { error: 'insufficient_scope', scope: sufficient(scopes).join(' ') } }
}

type Given = Parameters<typeof make>[0]

/** What `authorize` may ask for; at least one of it. `Owner`, `When`: the path parameters that the conditions read. */
export interface AuthorizeOptions<Owner extends string = string, When extends string = Owner> extends PolicyOptions {
  /** Scopes that the credential must hold: a list or `{ all }` for every one, `{ any }` for at least one. */
  readonly scopes?: NonNullable<Given['scopes']>
  /** Roles that the principal must have; written like `scopes`. */
  readonly roles?: NonNullable<Given['roles']>
  /** Whose the thing is: `eq(param('id'), claim('sub'))`. It must read a claim. */
  readonly owner?: Condition<Owner>
  /** Any further condition that must hold. */
  readonly when?: Condition<When>
}

/** Says what a principal must have for a route: scopes, roles, ownership, conditions. All that is given must hold. */
export const authorize = Object.assign(
  <const Owner extends string = never, const When extends string = never>(settings: AuthorizeOptions<Owner, When>): Policy<Owner | When, 'authorize'> =>
    make(settings),
  { policyName: make.policyName, settingsSchema: make.settingsSchema },
)
