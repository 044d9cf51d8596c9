import { readFile, realpath, stat } from 'node:fs/promises'
import { dirname, extname, isAbsolute, relative } from 'node:path'
import { BaseResolver, bundle, createConfig, isAbsoluteUrl, lint, type NormalizedProblem, ResolveError, Source } from '@redocly/openapi-core'
import { checkSize } from './document-size.ts'
import { ImportFault, importFault } from './import-fault.ts'
import { type LintFinding, lintFindings } from './lint-findings.ts'
import { Place } from './place.ts'

/** The longest file. The longest descriptions that are published have a fifth of it. */
const MAX_FILE_BYTES = 64 * 1024 * 1024
/** The most files of one description. */
const MAX_FILES = 5000

/** The parser's rules that are asked beside the structure. Examples are nothing that a gateway serves, and to check them takes longer than all else. */
const RULES = {
  'no-invalid-media-type-examples': 'off',
  'no-invalid-schema-examples': 'off',
  'no-invalid-parameter-examples': 'off',
} as const

/** A description as it was read: all of its files in one. */
export interface ReadDocument {
  readonly version: '3.0' | '3.1' | '3.2'
  readonly root: Place
  /** Relative to the first one's folder, which stands first. */
  readonly files: readonly string[]
  readonly lint: readonly LintFinding[]
}

/** Whoever wrote a description must not choose which files of this machine become a part of it: keys and passwords lie about in many forms. */
const EXTENSIONS: ReadonlySet<string> = new Set(['.json', '.yaml', '.yml'])

/** Reads files of some folders, within bounds, and nothing from anywhere else. */
class LocalFiles extends BaseResolver {
  readonly #first: string
  readonly #folders: readonly string[]

  /** @param first the description's first file, which its user names. @param folders where the others may be. */
  constructor(first: string, folders: readonly string[]) {
    super()
    this.#first = first
    this.#folders = folders
  }

  override async loadExternalRef(path: string): Promise<Source> {
    try {
      if (isAbsoluteUrl(path)) throw new Error('nothing is fetched from the network')
      if (this.cache.size > MAX_FILES) throw new Error(`a description of more than ${MAX_FILES} files`)
      if (path !== this.#first) await this.#checkPlace(path)
      const { size } = await stat(path)
      if (size > MAX_FILE_BYTES) throw new Error(`a file of ${size} bytes, of which at most ${MAX_FILE_BYTES} are read`)
      return new Source(path, (await readFile(path, 'utf8')).replaceAll('\r\n', '\n'))
    } catch (error) {
      throw new ResolveError(error as Error)
    }
  }

  /** Links are followed first. What begins with a dot is for programs. @throws {Error} */
  async #checkPlace(path: string): Promise<void> {
    if (!EXTENSIONS.has(extname(path).toLowerCase())) throw new Error(`only ${[...EXTENSIONS].join(', ')} files are read`)
    const real = await realpath(path)
    if (!(await stat(real)).isFile()) throw new Error('no file')
    const places = await Promise.all(this.#folders.map(async (folder) => relative(await realpath(folder), real)))
    if (!places.some((place) => !isAbsolute(place) && !/(?:^|[\\/])\./.test(place)))
      throw new Error('a file that is neither below the folder of the first one nor below the one that the command runs in')
  }

  override parseDocument(source: Source, isRoot = false) {
    const document = super.parseDocument(source, isRoot)
    checkSize(document.parsed)
    return document
  }
}

/**
 * Reads a description of OpenAPI 3.0 to 3.2, JSON or YAML, from its files.
 * @param within where its files may be beside the folder of the first one.
 * @throws {ImportFault}
 */
export async function readDocument(path: string, within: string = dirname(path)): Promise<ReadDocument> {
  const resolver = new LocalFiles(path, [dirname(path), within])
  const document = await resolver.resolveDocument(null, path, true).catch((error: unknown) => error as Error)
  if (document instanceof Error) {
    throw importFault('#', {
      found: document.message,
      expected: 'a description in JSON or YAML',
      fix: 'give the path of its first file, and mend what the parser says',
    })
  }
  const version = versionOf(document.parsed)
  const folder = dirname(path)
  try {
    // The parser joins all files by changing the first one: it is looked at before.
    const problems = await lint({ ref: path, config: await createConfig({ extends: ['recommended'], rules: RULES }), externalRefResolver: resolver })
    const { bundle: joined } = await bundle({ ref: path, config: await createConfig({}), externalRefResolver: resolver })
    return {
      version,
      root: new Place(joined.parsed),
      files: [...resolver.getFiles()].filter((file) => !isAbsoluteUrl(file)).map((file) => relative(folder, file)),
      lint: lintFindings(problems as readonly NormalizedProblem[], (file) => (file === path ? '' : relative(folder, file))),
    }
  } catch (error) {
    if (error instanceof ImportFault) throw error
    throw importFault('#', {
      found: `something that the parser fails at: ${error instanceof Error ? error.message : String(error)}`,
      expected: 'a description that follows the specification',
      fix: 'look for the part that is not of its form',
    })
  }
}

function versionOf(parsed: unknown): '3.0' | '3.1' | '3.2' {
  const root = new Place(parsed)
  const version = root.text('openapi') ?? ''
  const known = /^3\.([012])(?:\.|$)/.exec(version)?.[1]
  if (known !== undefined) return `3.${known as '0' | '1' | '2'}`
  if (root.has('swagger')) {
    throw importFault('#/swagger', {
      found: 'Swagger 2.0',
      expected: 'OpenAPI 3.0, 3.1 or 3.2',
      fix: 'convert it first, for example with `npx swagger2openapi`',
    })
  }
  throw importFault(root.has('openapi') ? '#/openapi' : '#', {
    found: version === '' ? 'no version of OpenAPI' : `version ${JSON.stringify(version.slice(0, 20))}`,
    expected: 'a description of OpenAPI 3.0, 3.1 or 3.2',
    fix: "write its version, like openapi: '3.1.1'",
  })
}
