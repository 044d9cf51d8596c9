import * as v from 'valibot'
import { authenticatorsOf } from '../core/authentication.ts'
import type { Condition } from '../core/condition.ts'
import { readsClaim } from '../core/condition-claims.ts'
import { type Path, type Problems, problemsOfIssues } from '../core/problems.ts'
import { COUNTED_ATTEMPTS } from '../gateway/door.ts'
import type { Mount } from '../gateway/mount.ts'
import { rateLimit } from '../policies/rate-limit/rate-limit.ts'
import { adminApp } from './app.ts'
import { openApiDocument } from './open-api.ts'
import { operandsOf, ROLES } from './role.ts'
import { ADMIN_SETTINGS, type AdminSettings } from './settings.ts'

const DEFAULT_PATH = '/_portcullis/admin'
const DEFAULT_LIMITS = { attempts: '30/min', calls: '300/min' }

/** By how many isolates an address is served at once, at a guess, where the counter of attempts is out of reach. */
const ASSUMED_ISOLATES = 4

/** Objects that every admin API needs: keys only where the configuration takes some. */
const BINDINGS = ['AUDIT', 'LEDGER', 'RATE_LIMITER']

/** What a role or a step-up may not be decided by: the caller writes it. */
const CALLERS_OWN: ReadonlySet<string> = new Set(['header', 'param', 'method'])

/** Makes the API by which operators change a running gateway: keys, bans, kill switches, overrides, revocations, the audit trail. It checks nothing itself: `defineGateway` does. */
export function adminApi(settings: AdminSettings): Mount {
  const given = settings ?? {}
  const { host, path = DEFAULT_PATH, authenticate, policies = [], roles, stepUp } = given
  const limits = { ...DEFAULT_LIMITS, ...given.limits }
  return {
    host,
    path,
    authenticate,
    policies,
    settings: given,
    bindings: BINDINGS,
    attempts: rateLimit({
      ...rate('portcullis-admin-attempts', limits.attempts),
      by: 'ip',
      outcome: { denials: COUNTED_ATTEMPTS },
      assumedIsolates: ASSUMED_ISOLATES,
    }),
    calls: rateLimit({ ...rate('portcullis-admin-calls', limits.calls), by: 'principal' }),
    check(at, problems) {
      const parsed = v.safeParse(ADMIN_SETTINGS, given)
      problemsOfIssues(parsed.issues ?? [], at, problems)
      if (!parsed.success) return
      this.attempts.check([...at, 'limits', 'attempts'], problems)
      this.calls.check([...at, 'limits', 'calls'], problems)
      for (const authenticator of authenticatorsOf(authenticate)) authenticator.check([...at, 'authenticate'], problems)
      policies.forEach((policy, i) => {
        policy.check([...at, 'policies', i], problems)
      })
      for (const role of ROLES) if (roles[role] !== undefined) checkCondition(roles[role], [...at, 'roles', role], problems)
      if (stepUp !== undefined) checkCondition(stepUp.when, [...at, 'stepUp', 'when'], problems)
    },
    compile(facts) {
      let document: string | undefined
      const known = { ...facts, document: () => (document ??= JSON.stringify(openApiDocument({ host, path }))) }
      return adminApp({ host, path, roles, stepUp, facts: known })
    },
  }
}

/** As much at once as in its whole time: what is limited are people and their tools. */
function rate(name: string, limit: string) {
  return { name, limit, burst: Number.parseInt(limit, 10) }
}

function checkCondition(condition: Condition, at: Path, problems: Problems): void {
  const written = operandsOf(condition).find(({ from }) => CALLERS_OWN.has(from))
  if (written !== undefined) {
    problems.add(at, {
      found: `a condition that reads a ${written.from}`,
      expected: 'a condition over verified claims, and at most the country beside them',
      fix: 'compare claims: whoever calls writes the rest',
    })
  } else if (!readsClaim(condition)) {
    problems.add(at, {
      found: 'a condition that reads no claim',
      expected: 'a condition over verified claims',
      fix: "write one like has(claim('groups'), value('platform-admins'))",
    })
  }
}
