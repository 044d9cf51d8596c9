import * as v from 'valibot'
import { conditionSchema } from '../../core/condition-schema.ts'

const LISTS = 'write a list (all of them are needed), { all: [...] } or { any: [...] }'

// RFC 6749 §3.3; what it leaves out could not stand in a challenge.
const scope = v.pipe(v.string(), v.regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'write one scope: printable ASCII without spaces, quotes and backslashes'))
const scopes = v.pipe(v.array(scope), v.minLength(1, 'name at least one scope'))
const role = v.pipe(v.string(), v.nonEmpty('write the name of a role'))
const roles = v.pipe(v.array(role), v.minLength(1, 'name at least one role'))

/** The settings of `authorize`. */
export const authorizeSettings = v.strictObject({
  scopes: v.pipe(
    v.optional(v.union([scopes, v.strictObject({ all: scopes }), v.strictObject({ any: scopes })], LISTS)),
    v.description(
      'Scopes that the credential must hold: a list or `{ all: [...] }` for every one of them, `{ any: [...] }` for at least one. Default: not asked.',
    ),
  ),
  roles: v.pipe(
    v.optional(v.union([roles, v.strictObject({ all: roles }), v.strictObject({ any: roles })], LISTS)),
    v.description('Roles that the principal must have, from the claim that its authenticator is set to read; written like `scopes`. Default: not asked.'),
  ),
  owner: v.pipe(
    v.optional(conditionSchema),
    v.description(
      'Whose the thing is: a condition that ties the request to a claim, like `eq(param("id"), claim("sub"))`. It must read a claim. Default: not asked.',
    ),
  ),
  when: v.pipe(
    v.optional(conditionSchema),
    v.description('Any further condition that must hold. Where a value that it needs is missing it does not hold. Default: not asked.'),
  ),
})

/** What {@link authorizeSettings} gives. */
export type AuthorizeSettings = v.InferOutput<typeof authorizeSettings>
