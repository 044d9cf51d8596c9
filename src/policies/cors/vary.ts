import type { HeaderWriter } from '../../core/policy.ts'

/** Adds field names to `Vary` (RFC 9110 §12.5.5): what stands there stays, nothing stands twice, and `*` already says it all. */
export function addVary(headers: HeaderWriter, names: readonly string[]): void {
  const given = headers.get('vary')
  if (given === null || given.trim() === '') {
    headers.set('vary', names.join(', '))
    return
  }
  const present = given.toLowerCase().split(',')
  for (let i = 0; i < present.length; i++) present[i] = (present[i] ?? '').trim()
  if (present.includes('*')) return
  const missing = names.filter((name) => !present.includes(name.toLowerCase()))
  if (missing.length > 0) headers.set('vary', `${given}, ${missing.join(', ')}`)
}
