import { isParamName } from '../core/route-grammar.ts'
import type { TemplateSegment } from './path-template.ts'

/** @returns the name of the route's parameter for each segment that holds values, in their order: as in the description where the grammar of routes allows it. */
export function paramNames(segments: readonly TemplateSegment[]): readonly string[] {
  const taken = new Set<string>()
  return segments.flatMap((segment) => {
    if (segment.kind === 'literal') return []
    const wanted = allowed(segment.names.join('_'))
    let name = wanted
    for (let n = 2; taken.has(name); n++) name = `${wanted}_${n}`
    taken.add(name)
    return [name]
  })
}

/** `enterprise-team` becomes `enterprise_team`. */
function allowed(name: string): string {
  if (isParamName(name)) return name
  const plain = name.replaceAll(/[^A-Za-z0-9_]/g, '_')
  return isParamName(plain) ? plain : `p_${plain}`
}
