import { readsClaim } from '../../core/condition-claims.ts'
import type { OptionsInForce } from '../../core/policy.ts'
import type { ConfigurationProblem, Path, Problems } from '../../core/problems.ts'
import { episodeMs } from '../../limiter/ban.ts'
import { compileCost } from './cost.ts'
import { capacityOf, ceilingFactorOf, cellOf, type Figures, figuresOf, timesAsMuch, uncountable } from './figures.ts'
import { needsIdentity } from './key.ts'
import { type KeyPart, partsOf, type RateLimitSettings } from './settings.ts'

/** Settings that only one algorithm has. */
const ONLY: readonly (readonly [setting: 'burst' | 'timeZone' | 'maxSeconds', algorithm: RateLimitSettings['algorithm']])[] = [
  ['burst', 'token-bucket'],
  ['timeZone', 'fixed-window'],
  ['maxSeconds', 'concurrency'],
]

/** Any: which of a calendar's windows is meant makes little difference. */
const A_MOMENT_MS = Date.UTC(2026, 0, 1)

/** Adds every problem that the schema cannot see. */
export function checkSettings(settings: RateLimitSettings, path: Path, problems: Problems, { onError }: OptionsInForce): void {
  const { algorithm, strict, cost, outcome, edge, ban, assumedIsolates } = settings
  const parts = partsOf(settings)
  const add = (at: keyof RateLimitSettings, found: string, expected: string, fix: string) => problems.add([...path, at], { found, expected, fix })
  if (new Set(parts.map((part) => JSON.stringify(part))).size !== parts.length) add('by', 'one thing twice', 'each thing once', 'leave the second one out')
  for (const [setting, only] of ONLY) {
    if (settings[setting] !== undefined && algorithm !== only)
      add(setting, `${setting} with ${algorithm}`, `algorithm: '${only}'`, `remove it: only ${only} has one`)
  }
  if (strict && algorithm !== 'token-bucket')
    add('strict', `strict with ${algorithm}`, "algorithm: 'token-bucket'", 'remove it: the bound of the others has no term for leases')
  if (algorithm === 'concurrency') {
    if (cost !== 1) add('cost', 'a cost with concurrency', 'no cost: a request holds one slot', 'remove it')
    if (outcome !== undefined)
      add('outcome', 'outcome with concurrency', 'a limit that counts requests', 'remove it: a slot is free when its response has ended')
    if (ban !== undefined) add('ban', 'a ban with concurrency', 'a limit that counts requests', 'remove it, or ban by a limit of another algorithm')
  }
  if (outcome !== undefined && outcome.statuses === undefined && outcome.denials === undefined) {
    add('outcome', 'nothing', '`statuses`, `denials` or both', 'name what counts: as it is, nothing would')
  }
  if (settings.ipv6CeilingFactor !== undefined && !parts.includes('ip')) {
    add('ipv6CeilingFactor', 'a ceiling for IPv6 networks', "by: 'ip'", "remove it, or count by 'ip'")
  }
  if (ban !== undefined && ban.max < ban.for) {
    add('ban', `for ${ban.for / 1000} s, with a max of ${ban.max / 1000} s`, 'a `max` (by default 1day) of at least `for`', 'raise max, or lower for')
  }
  if (onError === 'local' && assumedIsolates === undefined) {
    add(
      'assumedIsolates',
      'nothing',
      'by how many to divide while the counter is out of reach',
      "say how many isolates serve such a key at once, like 20, or set onError: 'deny'",
    )
  }
  if (onError !== 'local' && assumedIsolates !== undefined) {
    add('assumedIsolates', `assumedIsolates with onError: '${onError}'`, "onError: 'local'", 'remove it: nothing is counted by the isolate alone')
  }
  if (edge !== undefined && edge === 'RATE_LIMITER')
    add('edge', 'the binding of the Durable Object', 'a ratelimits binding', 'name one of [[ratelimits]] in wrangler.toml')
  if (edge !== undefined && (outcome !== undefined || typeof cost === 'object' || algorithm === 'concurrency')) {
    add(
      'edge',
      'a binding with requests that may cost nothing',
      'requests that all cost the same',
      'remove edge: it counts every request, whatever becomes of it',
    )
  }
  checkPlans(settings, path, problems)
  checkFigures(settings, parts, path, problems)
}

/** JavaScript puts names that are numbers first, whatever the order in the file. */
function checkPlans({ plans }: RateLimitSettings, path: Path, problems: Problems): void {
  if (plans?.by !== 'role') return
  const odd = Object.keys(plans.limits).find((name) => /^\d+$/.test(name))
  if (odd === undefined) return
  problems.add([...path, 'plans', 'limits', odd], {
    found: 'a role that is a number',
    expected: 'roles in an order',
    fix: 'give the role a name, or use a claim',
  })
}

function checkFigures(settings: RateLimitSettings, parts: readonly KeyPart[], path: Path, problems: Problems): void {
  const places = [{ at: path, limit: settings.limit, burst: settings.burst }, ...planPlaces(settings, path)]
  const most = compileCost(settings.cost).most
  const faults = new Set<string>()
  for (const { at, limit, burst } of places) {
    if (burst !== undefined && at !== path && settings.algorithm !== 'token-bucket') {
      const found = `burst with ${settings.algorithm}`
      problems.add([...at, 'burst'], { found, expected: "algorithm: 'token-bucket'", fix: 'remove it: only token-bucket has one' })
    }
    const figures = figuresOf(settings, limit, burst)
    if ('fix' in figures) {
      const place = figures.at === 'limit' ? [...at, 'limit'] : [...path, figures.at]
      const { found, expected, fix } = figures
      if (!faults.has(place.join())) problems.add(place, { found, expected, fix })
      faults.add(place.join())
      continue
    }
    const never = neverBans(settings, figures)
    if (never !== undefined && !faults.has('ban')) {
      problems.add(at === path ? [...path, 'ban'] : [...at, 'limit'], never)
      if (at === path) faults.add('ban')
    }
    if (most > capacityOf(figures)) {
      const what = figures.algorithm === 'token-bucket' ? 'burst' : 'limit'
      problems.add(at === path ? [...path, 'cost'] : [...at, what], {
        found: `a cost of ${most}, with a ${what} of ${capacityOf(figures)}`,
        expected: `a cost of at most the ${what}${what === 'burst' ? ', which is a tenth of the limit unless said' : ''}`,
        fix: `raise ${what} or lower cost: as it is, every request would be refused`,
      })
    }
    const fault = uncountable(figures) ?? (parts.includes('ip') ? uncountable(timesAsMuch(figures, ceilingFactorOf(settings))) : undefined)
    if (fault !== undefined)
      problems.add([...at, 'limit'], {
        found: fault,
        expected: 'figures that can be counted exactly',
        fix: 'choose a smaller burst, limit or ipv6CeilingFactor, or a rounder rate',
      })
  }
}

/** Episodes are at most one a window: as many as are too many must fit into the time in which they are counted. */
function neverBans({ ban }: RateLimitSettings, figures: Figures): Omit<ConfigurationProblem, 'path'> | undefined {
  if (ban === undefined) return undefined
  const takeMs = (ban.after - 1) * episodeMs(cellOf(figures, 'a', undefined, A_MOMENT_MS))
  if (takeMs < ban.within) return undefined
  return {
    found: `${ban.after} episodes, which take ${Math.ceil(takeMs / 1000)} s, within ${ban.within / 1000} s`,
    expected: 'as many episodes as that time has room for',
    fix: 'raise within, or lower after: as it is, nobody is ever banned',
  }
}

function planPlaces({ plans }: RateLimitSettings, path: Path) {
  return Object.entries(plans?.limits ?? {}).map(([name, { limit, burst }]) => ({ at: [...path, 'plans', 'limits', name], limit, burst }))
}

/** Whether the settings ask who is calling. */
export function asksWho(settings: RateLimitSettings): boolean {
  return partsOf(settings).some(needsIdentity) || settings.plans !== undefined || (settings.exempt ?? []).some(({ when }) => readsClaim(when))
}
