import { describe, expect, it } from 'vitest'
import { exchange } from '../../../test/exchange.ts'
import type { Caller, EdgeFacts } from '../../core/exchange.ts'
import { Problems } from '../../core/problems.ts'
import { COUNTRIES } from './countries.ts'
import { geo } from './geo.ts'

type Settings = Parameters<typeof geo>[0]

const SWEDEN: EdgeFacts = { country: 'SE', continent: 'EU', regionCode: 'AB', isEUCountry: '1', asn: 64_496 }
const NORWAY: EdgeFacts = { country: 'NO', continent: 'EU', regionCode: '03', asn: 64_497 }
const CALIFORNIA: EdgeFacts = { country: 'US', continent: 'NA', regionCode: 'CA', asn: 64_498 }
const TOR: EdgeFacts = { country: 'T1', continent: 'EU', isEUCountry: '1', regionCode: 'AB', asn: 64_499 }
const NOWHERE: EdgeFacts = { country: 'XX', continent: 'EU', isEUCountry: '1', asn: 64_500 }

/** `pass`, or the status and reason of the denial. */
const verdict = (settings: Settings, edge: EdgeFacts, caller?: Caller): unknown => {
  const decision = geo(settings)
    .compile()
    .request?.(exchange({ edge, ...(caller && { caller }) }))
  if (decision === undefined || decision instanceof Promise) throw new Error('the decision needs no I/O')
  return decision.kind === 'deny' ? `${decision.status} ${decision.reason}` : decision.kind
}

const problemsOf = (settings: unknown) => {
  const problems = new Problems()
  geo(settings as Settings).check(['zones', 'api', 'policies', 0], problems)
  return problems.all
}

describe('geo', () => {
  it.each<[string, Omit<Settings, 'unknown'>, EdgeFacts, string]>([
    ['deny beats allow', { allow: { countries: ['SE'] }, deny: { asns: [64_496] } }, SWEDEN, '403 geo.asn'],
    ['country denied', { deny: { countries: ['SE', 'NO'] } }, NORWAY, '403 geo.country'],
    ['country not denied', { deny: { countries: ['SE'] } }, NORWAY, 'pass'],
    ['country allowed', { allow: { countries: ['SE'] } }, SWEDEN, 'pass'],
    ['country not allowed', { allow: { countries: ['SE'] } }, NORWAY, '403 geo.not-allowed'],
    ['continent denied', { deny: { continents: ['NA'] } }, CALIFORNIA, '403 geo.continent'],
    ['continent allowed', { allow: { continents: ['EU'] } }, NORWAY, 'pass'],
    ['continent not allowed', { allow: { continents: ['EU'] } }, CALIFORNIA, '403 geo.not-allowed'],
    ['region denied', { deny: { regions: ['US-CA'] } }, CALIFORNIA, '403 geo.region'],
    ['region of the same name elsewhere', { deny: { regions: ['US-CA', 'SE-CA'] } }, { ...SWEDEN, country: 'NO', regionCode: 'CA' }, 'pass'],
    ['another region of that country', { deny: { regions: ['US-NY'] } }, CALIFORNIA, 'pass'],
    ['region allowed', { allow: { regions: ['US-CA', 'US-NY'] } }, CALIFORNIA, 'pass'],
    ['ASN denied', { deny: { asns: [64_498, 64_499] } }, CALIFORNIA, '403 geo.asn'],
    ['ASN allowed', { allow: { asns: [64_498] } }, CALIFORNIA, 'pass'],
    ['EU denied', { deny: { eu: true } }, SWEDEN, '403 geo.eu'],
    ['EU allowed', { allow: { eu: true } }, SWEDEN, 'pass'],
    ['in Europe, not in the EU', { allow: { eu: true } }, NORWAY, '403 geo.not-allowed'],
    ['any rule of allow is enough', { allow: { countries: ['NO'], eu: true } }, SWEDEN, 'pass'],
    ['any rule of allow is enough, the other', { allow: { countries: ['NO'], eu: true } }, NORWAY, 'pass'],
    ['Tor denied by name', { deny: { countries: ['T1'] } }, TOR, '403 geo.country'],
    ['Tor allowed by name', { allow: { countries: ['SE', 'T1'] } }, TOR, 'pass'],
    ['not Tor', { deny: { countries: ['T1'] } }, SWEDEN, 'pass'],
    ['Tor’s network is known', { deny: { asns: [64_499] } }, TOR, '403 geo.asn'],
    ['a network is known without a country', { allow: { asns: [64_500] } }, NOWHERE, 'pass'],
    ['the missing fact does not matter: allowed by another', { allow: { asns: [1], countries: ['SE'] } }, { country: 'SE' }, 'pass'],
    ['the missing fact does not matter: denied by another', { deny: { asns: [1], countries: ['SE'] } }, { country: 'SE' }, '403 geo.country'],
    ['the missing fact does not matter: region of another country', { deny: { regions: ['US-CA'] } }, { country: 'SE' }, 'pass'],
    ['the missing fact of deny does not open allow', { allow: { countries: ['NO'] }, deny: { asns: [1] } }, { country: 'SE' }, '403 geo.not-allowed'],
  ])('whatever unknown means: %s', (_name, settings, edge, expected) => {
    expect(verdict({ ...settings, unknown: 'deny' }, edge)).toBe(expected)
    expect(verdict({ ...settings, unknown: 'pass' }, edge)).toBe(expected)
  })

  it.each<[string, Omit<Settings, 'unknown'>, EdgeFacts]>([
    ['no cf, allow', { allow: { countries: ['SE'] } }, {}],
    ['no cf, deny', { deny: { countries: ['SE'] } }, {}],
    ['country null', { allow: { countries: ['SE'] } }, { country: null }],
    ['country empty', { allow: { countries: ['SE'] } }, { country: '' }],
    ['country XX', { allow: { countries: ['SE'] } }, NOWHERE],
    ['country XX, denied', { deny: { countries: ['SE'] } }, NOWHERE],
    ['a country that is none', { deny: { countries: ['SE'] } }, { country: 'se' }],
    ['Tor where it is not listed, allow', { allow: { countries: ['SE'] } }, TOR],
    ['Tor where it is not listed, deny', { deny: { countries: ['SE'] } }, TOR],
    ['Tor’s exit has a continent, its client has none', { allow: { continents: ['EU'] } }, TOR],
    ['Tor’s exit is in the EU', { allow: { eu: true } }, TOR],
    ['Tor’s exit has a region', { allow: { regions: ['SE-AB'] } }, TOR],
    ['unknown country with an EU mark', { allow: { eu: true } }, NOWHERE],
    ['unknown country without an EU mark', { deny: { eu: true } }, { asn: 1 }],
    ['no continent', { deny: { continents: ['EU'] } }, { country: 'SE' }],
    ['no region where it matters', { deny: { regions: ['US-CA'] } }, { country: 'US' }],
    ['no ASN', { deny: { asns: [64_496] } }, { country: 'SE' }],
    ['ASN null', { allow: { asns: [64_496] } }, { country: 'SE', asn: null }],
    ['ASN 0', { allow: { asns: [64_496] } }, { country: 'SE', asn: 0 }],
    ['allowed, and not known whether denied', { allow: { countries: ['SE'] }, deny: { asns: [64_496] } }, { country: 'SE' }],
  ])('unknown decides: %s', (_name, settings, edge) => {
    expect(verdict({ ...settings, unknown: 'deny' }, edge)).toBe('403 geo.unknown')
    expect(verdict({ ...settings, unknown: 'pass' }, edge)).toBe('pass')
  })

  it('says nothing of a Worker', () => {
    expect(verdict({ allow: { countries: ['SE'] }, deny: { countries: ['NO'] }, unknown: 'deny' }, NORWAY, { kind: 'worker', zone: 'partner.example' })).toBe(
      'pass',
    )
  })

  it('knows nothing of a caller without an address', () => {
    expect(verdict({ allow: { countries: ['SE'] }, unknown: 'deny' }, SWEDEN, { kind: 'unknown' })).toBe('403 geo.unknown')
  })

  it('reads no header', () => {
    const decision = geo({ allow: { countries: ['SE'] }, unknown: 'deny' })
      .compile()
      .request?.(exchange({ edge: {}, headers: { 'CF-IPCountry': 'SE', 'X-Country': 'SE' } }))
    expect(decision).toMatchObject({ kind: 'deny', reason: 'geo.unknown' })
  })

  it.each<[string, unknown, { path: string; found: string; fix: RegExp }]>([
    ['unknown not said', { allow: { countries: ['SE'] } }, { path: '.unknown', found: 'nothing', fix: /unknown/ }],
    ['no rules', { unknown: 'deny' }, { path: '', found: 'neither allow nor deny', fix: /countries/ }],
    ['an empty allow', { allow: {}, unknown: 'deny' }, { path: '.allow', found: 'no rule', fix: /leave allow out/ }],
    ['an empty list', { allow: { countries: [] }, unknown: 'deny' }, { path: '.allow.countries', found: 'none', fix: /at least one/ }],
    ['lower case', { deny: { countries: ['SE', 'no'] }, unknown: 'deny' }, { path: '.deny.countries[1]', found: '"no"', fix: /upper case/ }],
    ['UK', { deny: { countries: ['UK'] }, unknown: 'deny' }, { path: '.deny.countries[0]', found: '"UK"', fix: /GB/ }],
    ['EU as a country', { deny: { countries: ['EU'] }, unknown: 'deny' }, { path: '.deny.countries[0]', found: '"EU"', fix: /eu: true/ }],
    ['XX as a country', { deny: { countries: ['XX'] }, unknown: 'deny' }, { path: '.deny.countries[0]', found: '"XX"', fix: /unknown/ }],
    [
      'a name from the prototype',
      { deny: { countries: ['CONSTRUCTOR'] }, unknown: 'deny' },
      { path: '.deny.countries[0]', found: '"CONSTRUCTOR"', fix: /alpha-2/ },
    ],
    ['a continent’s name', { deny: { continents: ['Europe'] }, unknown: 'deny' }, { path: '.deny.continents[0]', found: '"Europe"', fix: /AF, AN/ }],
    ['a region without its country', { deny: { regions: ['CA'] }, unknown: 'deny' }, { path: '.deny.regions[0]', found: '"CA"', fix: /US-CA/ }],
    ['a region of no country', { deny: { regions: ['ZZ-CA'] }, unknown: 'deny' }, { path: '.deny.regions[0]', found: '"ZZ-CA"', fix: /US-CA/ }],
    ['an ASN as text', { deny: { asns: ['AS64496'] }, unknown: 'deny' }, { path: '.deny.asns[0]', found: '"AS64496"', fix: /64496/ }],
    ['unknown said wrongly', { allow: { countries: ['SE'] }, unknown: 'allow' }, { path: '.unknown', found: '"allow"', fix: /'deny' or 'pass'/ }],
    ['ASN 0', { deny: { asns: [0] }, unknown: 'deny' }, { path: '.deny.asns[0]', found: '0', fix: /64496/ }],
    ['eu: false', { deny: { eu: false }, unknown: 'deny' }, { path: '.deny.eu', found: 'false', fix: /leave it out/ }],
    ['a misspelt rule', { deny: { country: ['SE'] }, unknown: 'deny' }, { path: '.deny.country', found: 'an unknown setting "country"', fix: /remove/ }],
  ])('at start: %s', (_name, settings, { path, found, fix }) => {
    const [problem, ...others] = problemsOf(settings)
    expect(others).toEqual([])
    expect(problem?.path).toBe(`zones.api.policies[0]${path}`)
    expect(problem?.found).toBe(found)
    expect(problem?.fix).toMatch(fix)
  })

  it('finds nothing wrong with sound settings', () => {
    expect(COUNTRIES.size).toBe(250)
    expect(
      problemsOf({ allow: { countries: ['SE', 'T1', 'XK'], eu: true }, deny: { regions: ['US-CA', 'NO-03'], asns: [1, 4_294_967_295] }, unknown: 'pass' }),
    ).toEqual([])
  })
})
