import { type CompressedForm, InflatedTooLarge, inflateAll } from '../lib/inflate.ts'

/** Why a compressed body says nothing. */
export type CompressionFault = 'coding' | 'broken' | 'too-large' | 'ratio'

/** How much may come out. */
export interface InflationLimits {
  readonly maxBytes: number
  /** How many bytes may come out for each that came in: text has a ratio of 3 to 20, a bomb of 1000. */
  readonly maxRatio: number
}

/** What was compressed, or why there is none. */
export type Inflation = { readonly bytes: Uint8Array<ArrayBuffer>; readonly fault?: never } | { readonly fault: CompressionFault }

/** Below this no ratio is a bomb: a short text that repeats itself is only well compressed. */
const SMALL_BYTES = 4096

/**
 * @param field `Content-Encoding` (RFC 9110 §8.4). One coding, once: several in a row are a way past those who look at the first. `br` and `zstd` are not here: the platform
 * does not tell where their streams end, so what stands behind one would be seen by some and not by others.
 * @returns undefined where nothing is compressed
 */
export function codingOf(field: string | null): CompressedForm | 'unknown' | undefined {
  if (field === null) return undefined
  const coding = field.trim().toLowerCase()
  if (coding === 'identity') return undefined
  if (coding === 'gzip' || coding === 'x-gzip') return 'gzip'
  return coding === 'deflate' ? 'deflate' : 'unknown'
}

/** Decompresses a whole body, and stops as soon as too much comes out. A body of one stream only: see {@link inflateAll}. */
export async function decompress(bytes: Uint8Array, coding: CompressedForm | 'unknown', limits: InflationLimits): Promise<Inflation> {
  if (coding === 'unknown') return { fault: 'coding' }
  const byRatio = Math.max(SMALL_BYTES, bytes.byteLength * limits.maxRatio)
  try {
    return { bytes: await inflateAll(bytes, coding, Math.min(limits.maxBytes, byRatio)) }
  } catch (error) {
    if (!(error instanceof InflatedTooLarge)) return { fault: 'broken' }
    return { fault: byRatio < limits.maxBytes ? 'ratio' : 'too-large' }
  }
}
