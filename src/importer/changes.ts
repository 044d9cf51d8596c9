import { type PackedJson, UnpackedJson } from '../lib/packed-json.ts'
import type { DescriptionHead, MediaType, Operation, Parameter } from '../openapi/description.ts'
import { sameSchemas } from './compare-schemas.ts'

/** What one import changes against the one before, in words. */
export interface Changes {
  readonly added: readonly string[]
  readonly removed: readonly string[]
  /** By the route's key: what is different. */
  readonly changed: readonly { readonly route: string; readonly what: readonly string[] }[]
}

/** What an import wrote. */
export interface Written {
  readonly packed: PackedJson
  /** The text of the routes module. */
  readonly routes: string
}

/** Compares two imports. */
export function compareImports(before: Written, after: Written): Changes {
  const [old, now] = [before, after].map(({ packed }) => new UnpackedJson(packed)) as [UnpackedJson, UnpackedJson]
  const [oldPlaces, newPlaces] = [old, now].map((values) => (values.at(0) as DescriptionHead).operations) as [Operations, Operations]
  const classOf = sameSchemas([before.packed, after.packed])
  const [oldAccess, newAccess] = [before, after].map(({ routes }) => accessByRoute(routes)) as [Access, Access]
  const changed = Object.keys(newPlaces).flatMap((route) => {
    if (!Object.hasOwn(oldPlaces, route)) return []
    const what = [
      ...compareOperations(
        read(old, oldPlaces[route], (id) => classOf(0, id)),
        read(now, newPlaces[route], (id) => classOf(1, id)),
      ),
      ...compareAccess(oldAccess.get(route) ?? [], newAccess.get(route) ?? []),
    ]
    return what.length === 0 ? [] : [{ route, what }]
  })
  return {
    added: Object.keys(newPlaces).filter((route) => !Object.hasOwn(oldPlaces, route)),
    removed: Object.keys(oldPlaces).filter((route) => !Object.hasOwn(newPlaces, route)),
    changed,
  }
}

type Operations = Readonly<Record<string, number>>
type Access = ReadonlyMap<string, readonly string[]>

/** An operation whose schemas have the numbers that both sides share. */
function read(values: UnpackedJson, place: number | undefined, classOf: (id: number) => number): Operation {
  return JSON.parse(JSON.stringify(values.at(place ?? 0)), (key, member: unknown) =>
    (key === 'schema' || key === 'itemSchema') && typeof member === 'number' ? classOf(member) : member,
  ) as Operation
}

function compareOperations(old: Operation, now: Operation): readonly string[] {
  return [
    ...(old.deprecated === now.deprecated ? [] : [now.deprecated === true ? 'deprecated now' : 'deprecated no longer']),
    ...compareNamed('parameter', byName(old.parameters), byName(now.parameters)),
    ...compareNamed('query string', { '': old.querystring }, { '': now.querystring }),
    ...(old.body?.required === now.body?.required ? [] : [now.body?.required === true ? 'the body is required now' : 'the body is required no longer']),
    ...compareNamed('body', bodies(old.body?.content), bodies(now.body?.content)),
    ...compareNamed('response', old.responses, now.responses),
  ]
}

function byName(parameters: readonly Parameter[] = []): Readonly<Record<string, unknown>> {
  return Object.fromEntries(parameters.map((one) => [`${one.in} ${one.name}`, one]))
}

function bodies(content: Readonly<Record<string, MediaType>> = {}): Readonly<Record<string, unknown>> {
  return content
}

function compareNamed(what: string, old: Readonly<Record<string, unknown>>, now: Readonly<Record<string, unknown>>): readonly string[] {
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])]
  return names.flatMap((name) => {
    const [before, after] = [old, now].map((side) => (Object.hasOwn(side, name) ? JSON.stringify(side[name]) : undefined))
    if (before === after) return []
    return [`${what}${name === '' ? '' : ` ${name}`} ${before === undefined ? 'added' : after === undefined ? 'removed' : 'changed'}`]
  })
}

/** @returns what stands in each route of a generated module, but comments. */
function accessByRoute(module: string): Access {
  const found = new Map<string, readonly string[]>()
  for (const [, key = '', body = ''] of module.matchAll(/^ {4}['"]([A-Z]+ \/.*)['"]: \{\n([\s\S]*?)^ {4}\},$/gm)) {
    found.set(
      key.replaceAll(/\\(.)/g, '$1'),
      body.split(/,\n(?= {6}\w)/).map((setting) => setting.replaceAll(/\s+/g, ' ').trim().replace(/,$/, '')),
    )
  }
  return found
}

function compareAccess(old: readonly string[], now: readonly string[]): readonly string[] {
  return [
    ...old.filter((setting) => !now.includes(setting)).map((setting) => `no longer ${setting}`),
    ...now.filter((setting) => !old.includes(setting)).map((setting) => `now ${setting}`),
  ]
}
