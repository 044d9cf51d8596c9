import { type Deny, deny, pass } from '../../core/decision.ts'
import { definePolicy } from '../../core/policy.ts'
import { compileRules, type GeoKind, type GeoMatch } from './facts.ts'
import { geoSettings } from './settings.ts'

const NOT_ALLOWED = deny(403, 'geo.not-allowed')
const UNKNOWN = deny(403, 'geo.unknown')
const DENIED: Readonly<Record<GeoKind, Deny>> = {
  country: deny(403, 'geo.country'),
  continent: deny(403, 'geo.continent'),
  region: deny(403, 'geo.region'),
  asn: deny(403, 'geo.asn'),
  eu: deny(403, 'geo.eu'),
}

const NOTHING_KNOWN = {}

/** Lets requests pass by where Cloudflare says that the client is, and by the network that it comes from. */
export const geo = definePolicy({
  name: 'geo',
  stage: 'access',
  settings: geoSettings,
  check(settings, path, problems) {
    const sides = (['allow', 'deny'] as const).filter((side) => settings[side] !== undefined)
    if (sides.length === 0) {
      problems.add(path, {
        found: 'neither allow nor deny',
        expected: 'at least one of them',
        fix: "say whom to let pass or whom to refuse: allow: { countries: ['SE'] }",
      })
    }
    for (const side of sides) {
      if (Object.keys(settings[side] ?? {}).length > 0) continue
      problems.add([...path, side], {
        found: 'no rule',
        expected: 'at least one of countries, continents, regions, asns and eu',
        fix: `add a rule, or leave ${side} out`,
      })
    }
  },
  compile({ allow, deny: refused, unknown }) {
    const matchAllow = allow && compileRules(allow)
    const matchDeny = refused && compileRules(refused)
    return {
      request({ caller, edge }) {
        // A Worker's request comes from wherever it happens to run: its place says nothing, and ip-list has decided on it.
        if (caller.kind === 'worker') return pass()
        const facts = caller.kind === 'client' ? edge : NOTHING_KNOWN
        const denied: GeoMatch = matchDeny === undefined ? 'none' : matchDeny(facts)
        if (denied !== 'none' && denied !== 'unknown') return DENIED[denied]
        const allowed: GeoMatch | undefined = matchAllow?.(facts)
        if (allowed === 'none') return NOT_ALLOWED
        return unknown === 'deny' && (denied === 'unknown' || allowed === 'unknown') ? UNKNOWN : pass()
      },
    }
  },
})
