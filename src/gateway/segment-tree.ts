import type { Segment } from './route-key.ts'

/** One place in a {@link SegmentTree}: what all patterns share that are alike up to here. */
export interface TreeNode<T> {
  literals?: Map<string, TreeNode<T>>
  param?: TreeNode<T>
  wildcard?: TreeNode<T>
  /** Of the patterns that end here. */
  value?: T
}

/** Patterns by their segments. A path takes the most specific way through it: segment by segment a literal before a parameter before a wildcard. */
export class SegmentTree<T> {
  readonly #root: TreeNode<T> = {}
  #depth = 0

  /** @returns the place at which the pattern ends, made where it is not there yet. */
  place(segments: readonly Segment[]): TreeNode<T> {
    let node = this.#root
    for (const segment of segments) node = next(node, segment)
    this.#depth = Math.max(this.#depth, segments.length)
    return node
  }

  /** Takes a path apart, as far as a pattern could reach. */
  split(path: string): readonly string[] {
    return path.slice(1).split('/', this.#depth + 1)
  }

  /** @param parts of a path that begins with `/`. @returns the place of the most specific pattern that has a value. */
  find(parts: readonly string[]): TreeNode<T> | undefined {
    return descend(this.#root, parts, 0)
  }
}

function next<T>(node: TreeNode<T>, segment: Segment): TreeNode<T> {
  switch (segment.kind) {
    case 'literal': {
      node.literals ??= new Map()
      let found = node.literals.get(segment.text)
      if (found === undefined) {
        found = {}
        node.literals.set(segment.text, found)
      }
      return found
    }
    case 'param':
      node.param ??= {}
      return node.param
    case 'wildcard':
      node.wildcard ??= {}
      return node.wildcard
  }
}

/** No deeper than the patterns are, and through no place twice. */
function descend<T>(node: TreeNode<T>, parts: readonly string[], at: number): TreeNode<T> | undefined {
  if (at === parts.length) return node.value === undefined ? undefined : node
  const part = parts[at] as string
  const literal = node.literals?.get(part)
  const exact = literal === undefined ? undefined : descend(literal, parts, at + 1)
  if (exact !== undefined) return exact
  const param = node.param === undefined || part === '' ? undefined : descend(node.param, parts, at + 1)
  if (param !== undefined) return param
  return node.wildcard !== undefined && hasSegment(parts, at) ? node.wildcard : undefined
}

/** A slash at the end begins no segment: many servers read `/users/` as `/users`, which a wildcard below it does not list. The root is one, and empty. */
function hasSegment(parts: readonly string[], at: number): boolean {
  return parts[at] !== '' || at < parts.length - 1 || at === 0
}
