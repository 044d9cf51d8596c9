import type { Path, Problems } from '../../core/problems.ts'
import { isForbiddenKey } from '../../lib/json-keys.ts'
import { readDocument } from './document.ts'
import { DocumentRefused } from './document-refused.ts'
import type { GraphqlSettings } from './settings.ts'

/** Adds what is wrong with settings that are well-formed one by one. */
export function checkSettings(settings: GraphqlSettings, path: Path, problems: Problems): void {
  const { allow, documents, kinds, get } = settings
  if (allow === 'listed' && documents === undefined) {
    problems.add([...path, 'documents'], { found: 'nothing', expected: 'the documents that are allowed', fix: "list them, or remove allow: 'listed'" })
  }
  if (get && !kinds.includes('query')) {
    problems.add([...path, 'get'], { found: 'get without queries', expected: "'query' in kinds", fix: 'remove get: only queries come by GET' })
  }
  for (const [id, text] of Object.entries(documents ?? {})) checkDocument(id, text, settings, [...path, 'documents', id], problems)
}

function checkDocument(id: string, text: string, settings: GraphqlSettings, path: Path, problems: Problems): void {
  if (isForbiddenKey(id) || id.startsWith('sha256:')) {
    problems.add(path, {
      found: 'an id that means something else',
      expected: 'an id of its own',
      fix: 'rename it: ids that begin with sha256: are made of the text',
    })
  }
  try {
    readDocument(text, settings)
  } catch (error) {
    if (!(error instanceof DocumentRefused)) throw error
    problems.add(path, {
      found: `a document that is refused: graphql.${error.fault}`,
      expected: 'a document that these settings let through',
      fix: 'correct the document, or the setting that refuses it',
    })
  }
}
