import type { EdgeFacts } from '../../core/exchange.ts'
import { COUNTRIES, TOR } from './countries.ts'
import type { GeoRules } from './settings.ts'

/** The kind of rule that a client matched, as it stands in the reason. */
export type GeoKind = 'country' | 'continent' | 'region' | 'asn' | 'eu'

/** What the rules say of a client: the kind that it matches, `none`, or `unknown` when a missing fact could make it match. */
export type GeoMatch = GeoKind | 'none' | 'unknown'

/** Undefined: the fact is missing, so nobody can say. */
type Test = (edge: EdgeFacts) => boolean | undefined

/** Compiles the rules of one side, once at start. A match outweighs what is unknown. */
export function compileRules(rules: GeoRules): (edge: EdgeFacts) => GeoMatch {
  const tests = testsOf(rules)
  return (edge) => {
    let match: GeoMatch = 'none'
    for (const [kind, test] of tests) {
      const found = test(edge)
      if (found === true) return kind
      if (found === undefined) match = 'unknown'
    }
    return match
  }
}

function testsOf({ countries, continents, regions, asns, eu }: GeoRules): readonly (readonly [GeoKind, Test])[] {
  const tests: (readonly [GeoKind, Test])[] = []
  if (countries !== undefined) tests.push(['country', countryTest(new Set(countries))])
  if (continents !== undefined) tests.push(['continent', continentTest(new Set(continents))])
  if (regions !== undefined) tests.push(['region', regionTest(regions)])
  if (asns !== undefined) tests.push(['asn', asnTest(new Set(asns))])
  if (eu === true) tests.push(['eu', (edge) => (knownCountry(edge) === undefined ? undefined : edge.isEUCountry === '1')])
  return tests
}

/** Without a country there is no geography: Tor's exit says nothing of the client, and a missing EU mark is only a no where the country is known. */
function knownCountry({ country }: EdgeFacts): string | undefined {
  return typeof country === 'string' && COUNTRIES.has(country) ? country : undefined
}

function countryTest(wanted: ReadonlySet<string>): Test {
  const asksForTor = wanted.has(TOR)
  return (edge) => {
    if (edge.country === TOR && asksForTor) return true
    const country = knownCountry(edge)
    return country === undefined ? undefined : wanted.has(country)
  }
}

function continentTest(wanted: ReadonlySet<string>): Test {
  return (edge) => (knownCountry(edge) === undefined || !edge.continent ? undefined : wanted.has(edge.continent))
}

function regionTest(regions: readonly string[]): Test {
  const byCountry = new Map<string, Set<string>>()
  for (const region of regions) {
    const country = region.slice(0, 2)
    byCountry.set(country, (byCountry.get(country) ?? new Set()).add(region.slice(3)))
  }
  return (edge) => {
    const country = knownCountry(edge)
    if (country === undefined) return undefined
    const wanted = byCountry.get(country)
    if (wanted === undefined) return false
    return edge.regionCode ? wanted.has(edge.regionCode) : undefined
  }
}

/** Every connection comes out of a network, Tor's and a Worker's too; 0 is none (RFC 7607). */
function asnTest(wanted: ReadonlySet<number>): Test {
  return ({ asn }) => (typeof asn === 'number' && asn > 0 ? wanted.has(asn) : undefined)
}
