import * as v from 'valibot'
import { CONTINENTS, COUNTRIES, TOR } from './countries.ts'

/** What people write, and what they mean. */
const MISTAKEN: Readonly<Record<string, string>> = {
  UK: 'write GB, the code of the United Kingdom',
  EU: 'write eu: true beside countries, or continents: ["EU"] for the continent',
  XX: "leave it out: unknown: 'deny' or 'pass' says what an unknown country means",
}

const country = v.pipe(
  v.string(),
  v.check(
    (code) => COUNTRIES.has(code) || code === TOR,
    ({ input }) => MISTAKEN[input.toUpperCase()] ?? 'write a country code of ISO 3166-1 alpha-2 in upper case, like SE, or T1 for Tor',
  ),
)

const region = v.pipe(
  v.string(),
  v.check(
    (code) => /^[A-Z]{2}-[A-Z0-9]{1,3}$/.test(code) && COUNTRIES.has(code.slice(0, 2)),
    'write a code of ISO 3166-2 in upper case, country and subdivision: US-CA',
  ),
)

const ASN = 'write the number of an autonomous system, without AS: 64496'
const asn = v.pipe(v.number(ASN), v.integer(ASN), v.minValue(1, ASN), v.maxValue(0xffffffff, ASN))

const NOT_EMPTY = 'list at least one, or leave the list out'

const rules = v.strictObject({
  countries: v.pipe(
    v.exactOptional(v.pipe(v.array(country), v.minLength(1, NOT_EMPTY))),
    v.description('Country codes, ISO 3166-1 alpha-2 in upper case. `T1` is Tor.'),
  ),
  continents: v.pipe(
    v.exactOptional(v.pipe(v.array(v.picklist(CONTINENTS, `write one of ${CONTINENTS.join(', ')}`)), v.minLength(1, NOT_EMPTY))),
    v.description('Continent codes: `AF`, `AN` (Antarctica), `AS`, `EU`, `NA`, `OC`, `SA`.'),
  ),
  regions: v.pipe(v.exactOptional(v.pipe(v.array(region), v.minLength(1, NOT_EMPTY))), v.description('First-level subdivisions, ISO 3166-2: `US-CA`.')),
  asns: v.pipe(v.exactOptional(v.pipe(v.array(asn), v.minLength(1, NOT_EMPTY))), v.description('Numbers of autonomous systems, without `AS`: `64496`.')),
  eu: v.pipe(v.exactOptional(v.literal(true, 'write true, or leave it out')), v.description('`true`: the member states of the European Union.')),
})

/** One side of the settings. */
export type GeoRules = v.InferOutput<typeof rules>

/** The settings of `geo`. */
export const geoSettings = v.strictObject({
  allow: v.pipe(
    v.exactOptional(rules),
    v.description(
      'Whom to let pass: a client must match at least one entry of `countries`, `continents`, `regions` (`US-CA`), `asns` or `eu: true`. For "both of", use two `geo` controls. Default: everybody.',
    ),
  ),
  deny: v.pipe(
    v.exactOptional(rules),
    v.description(
      'Whom to refuse, whatever `allow` says: a client that matches any entry of `countries`, `continents`, `regions`, `asns` or `eu: true`. Default: nobody.',
    ),
  ),
  unknown: v.pipe(
    v.picklist(['deny', 'pass'], "write 'deny' or 'pass': what it means when Cloudflare does not know where a client is"),
    v.description(
      "What it means when a fact that decides is not known: no `cf`, country `XX`, or Tor (`T1`) where `T1` itself is not listed. `'deny'` refuses; `'pass'` takes each such rule as satisfied. Must be said.",
    ),
  ),
})
