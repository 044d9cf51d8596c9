import { resolve } from 'node:path'
import type { PackedJson } from '../lib/packed-json.ts'
import { type Access, isSilent, readAccess } from './access.ts'
import { Faults } from './collect-faults.ts'
import { describe } from './describe.ts'
import { Gaps } from './gap.ts'
import { Limits } from './limits.ts'
import { noteOperation } from './operation-gaps.ts'
import type { Place } from './place.ts'
import { type PlannedRoute, planRoutes } from './plan-routes.ts'
import { readDocument } from './read-document.ts'
import type { ImportReport } from './report.ts'
import { noteRoot } from './root-gaps.ts'
import type { RouteFacts } from './route-facts.ts'
import { SchemaGaps } from './schema-gaps.ts'
import { schemesOf } from './scheme-facts.ts'
import { noteOwnServers, readServers } from './servers.ts'
import { writeDescription } from './write-description.ts'
import { writeReport } from './write-report.ts'
import { writeRoutes } from './write-routes.ts'
import { writeZone } from './write-zone.ts'

/** What to import. */
export interface ImportOptions {
  /** The path of the description's first file. */
  readonly file: string
  /** Where its other files may be, beside the folder of the first. */
  readonly within?: string
  /** What generated files say they come from. */
  readonly source: string
  /** The zone's name. */
  readonly zone: string
  /** Told how far it is: a share of 1, and what is being done. */
  readonly progress?: (share: number, what: string) => void
}

/** What an import writes, and what it found. */
export interface ImportedApi {
  readonly files: { readonly 'description.ts': string; readonly 'routes.ts': string; readonly 'gaps.md': string }
  /** Written where there is none. */
  readonly zoneFile: string
  readonly packed: PackedJson
  readonly report: ImportReport
}

/** Makes a description into the files of a zone. Same input, same bytes. @throws {ImportFault} with everything that cannot be served */
export async function importApi({ file, within, source, zone, progress = () => {} }: ImportOptions): Promise<ImportedApi> {
  progress(0, 'reading')
  const document = await readDocument(resolve(file), within)
  const { root } = document
  const gaps = new Gaps()
  const servers = readServers(root, gaps)
  noteRoot(root, gaps)
  const planned = planRoutes(root, servers.prefix, gaps)
  const faults = new Faults()
  const limits = new Limits(gaps)
  const silent = isSilent(
    root,
    planned.map(({ operation }) => operation),
    gaps,
  )
  const routes = planned.flatMap((route) => faults.collect(() => factsOf(route, readAccess(route.operation, route.key, gaps, silent), limits)) ?? [])
  noteHolders(root, planned, limits, gaps)
  const schemaGaps = new SchemaGaps(gaps)
  for (const route of planned) faults.collect(() => noteOperation(route, schemaGaps, gaps))
  const packed = describe(document, planned, gaps, faults, (done) => progress(0.4 + (0.5 * done) / planned.length, `${done} of ${planned.length} operations`))
  faults.throwAny()
  progress(0.9, 'writing')
  const schemes = schemesOf(
    root,
    routes.map(({ access }) => access),
  )
  const info = root.child('info')
  const title = info?.text('title') ?? ''
  const report: ImportReport = {
    title,
    apiVersion: info?.text('version') ?? '',
    openapi: root.text('openapi') ?? '',
    sources: document.files,
    operations: countOperations(planned, gaps),
    routes,
    schemes,
    gaps: gaps.all,
    lint: document.lint,
  }
  return {
    files: {
      'description.ts': writeDescription(packed, source),
      'routes.ts': writeRoutes({ source, routes, schemes, limits: limits.all }),
      'gaps.md': writeReport(report, source),
    },
    zoneFile: writeZone({ zone, title, servers, schemes }),
    packed,
    report,
  }
}

function factsOf(route: PlannedRoute, access: Access, limits: Limits): RouteFacts {
  const summary = route.operation.text('summary')
  return {
    key: route.key,
    ...(summary !== undefined && { summary }),
    isDeprecated: route.operation.is('deprecated'),
    access,
    limits: limits.of(route, access.isPublic),
  }
}

/** Servers and limits of path items are noted once, whatever number of operations they have. */
function noteHolders(root: Place, planned: readonly PlannedRoute[], limits: Limits, gaps: Gaps): void {
  const items = new Map(planned.map(({ path, pathItem }) => [path, pathItem]))
  const holders = [...items.values(), ...planned.map(({ operation }) => operation)]
  for (const holder of [root, ...holders]) limits.note(holder)
  noteOwnServers(holders, gaps)
}

function countOperations(planned: readonly PlannedRoute[], gaps: Gaps): { readonly served: number; readonly unserved: number } {
  return { served: planned.length, unserved: gaps.all.filter(({ kind }) => kind === 'unserved').length }
}
