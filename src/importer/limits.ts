import * as v from 'valibot'
import type { Gaps } from './gap.ts'
import { escapeKey, type Place } from './place.ts'
import type { PlannedRoute } from './plan-routes.ts'

const name = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/))
const part = v.union([
  v.picklist(['ip', 'principal', 'credential', 'level', 'role', 'country', 'asn', 'ja4', 'route']),
  v.strictObject({ header: v.pipe(v.string(), v.regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/)) }),
  v.strictObject({ claim: v.pipe(v.string(), v.minLength(1), v.maxLength(64)) }),
  v.strictObject({ param: v.pipe(v.string(), v.minLength(1), v.maxLength(64)) }),
  v.strictObject({ body: v.pipe(v.string(), v.maxLength(256), v.regex(/^(?:\/(?:[^~/]|~[01])*){1,8}$/)) }),
])

/** One entry of `x-portcullis-limits`: settings of `rate-limit`, by their names there. */
const limit = v.strictObject({
  name,
  by: v.union([part, v.pipe(v.array(part), v.minLength(1), v.maxLength(4))]),
  limit: v.pipe(v.string(), v.regex(/^\d{1,9}\/\d{0,5}(?:s|min|hour|day|week|month|year)$/)),
  algorithm: v.optional(v.picklist(['token-bucket', 'sliding-window', 'fixed-window'])),
  burst: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000))),
  timeZone: v.optional(v.string()),
  assumedIsolates: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000))),
})

/** A limit of a description, with what to count by in the route's own names. */
export type DescribedLimit = v.InferOutput<typeof limit> & { readonly onError?: 'deny' }

/** Extensions by which descriptions say limits in other words. */
const OTHER_WORDS = /^x-.*(?:limit|quota|throttl)/i
const OWN = 'x-portcullis-limits'

/** Reads the limits of a description: those with one name are one limit, wherever they stand. */
export class Limits {
  readonly all = new Map<string, DescribedLimit>()
  readonly #gaps: Gaps

  constructor(gaps: Gaps) {
    this.#gaps = gaps
  }

  /** @returns the names of a route's limits: of its path, then its own. */
  of(route: PlannedRoute, isPublic: boolean): readonly string[] {
    const names = [route.pathItem, route.operation].flatMap((place) => {
      const own = place.child(OWN)
      if (own !== undefined && !Array.isArray(own.value)) this.#gaps.add('limits', own.pointer, `no list: ${OWN} is one`, route.key)
      return (own?.items() ?? []).flatMap((one) => this.#read(one, route, isPublic))
    })
    return [...new Set(names)]
  }

  /** Notes limits that are said in other words than {@link OWN}. */
  note(place: Place): void {
    if (!place.isObject()) return
    for (const key of Object.keys(place.value as object))
      if (key !== OWN && OTHER_WORDS.test(key)) this.#gaps.add('limits', `${place.pointer}/${escapeKey(key)}`, key)
  }

  #read(place: Place, route: PlannedRoute, isPublic: boolean): readonly string[] {
    const { output, fault } = this.#understand(place, route, isPublic)
    if (output === undefined) {
      this.#gaps.add('limits', place.pointer, `not read: ${fault}`, route.key)
      return []
    }
    const known = this.all.get(output.name)
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(output)) {
      this.#gaps.add('limits', place.pointer, `another limit with the name ${output.name}: the first one counts here too`, route.key)
    }
    this.all.set(output.name, known ?? output)
    return [output.name]
  }

  #understand(place: Place, { sources, key, operation }: PlannedRoute, isPublic: boolean): { readonly output?: DescribedLimit; readonly fault: string } {
    const { success, output, issues } = v.safeParse(limit, place.value)
    if (!success) return { fault: issues.map(({ message, path }) => `${path?.map(({ key }) => String(key)).join('.') ?? 'limit'}: ${message}`).join('; ') }
    const parts = [output.by].flat()
    if (isPublic && parts.some(asksWho)) return { fault: 'it counts by who calls, which nobody knows of a public operation' }
    if (!operation.has('requestBody') && parts.some((one) => typeof one === 'object' && 'body' in one)) return { fault: `${key} has no body to count by` }
    const renamed: v.InferOutput<typeof part>[] = []
    for (const one of parts) {
      if (typeof one !== 'object' || !('param' in one)) {
        renamed.push(one)
        continue
      }
      const source = sources.get(one.param)
      if (source === undefined || source.parts !== undefined) return { fault: `${key} has no segment that is the parameter it counts by` }
      renamed.push({ param: source.param })
    }
    const [only] = renamed
    const by = renamed.length === 1 && only !== undefined ? only : renamed
    // Before anybody is known a limit would count by itself while its counter is away: it cannot know by how many to divide.
    const isOpen = !parts.some((one) => asksWho(one) || (typeof one === 'object' && 'body' in one)) && output.assumedIsolates === undefined
    return { output: { ...output, by, ...(isOpen && { onError: 'deny' as const }) }, fault: '' }
  }
}

function asksWho(one: v.InferOutput<typeof part>): boolean {
  return typeof one === 'object' ? 'claim' in one : ['principal', 'credential', 'level', 'role'].includes(one)
}
