import { commentText } from './code.ts'

/** Begins every file that the importer may overwrite. */
const MARK = 'Written by `portcullis import`'

/** @returns the first line of a generated file, without what makes it a comment. */
export function generatedMark(source: string): string {
  return `${MARK} from ${commentText(source)}; the next import overwrites it. What you decide stands in zone.ts.`
}

/** Whether a text is one that the importer wrote and may overwrite. */
export function isGenerated(text: string): boolean {
  return /^(?:\/\/|<!--) /.test(text) && text.slice(0, 200).includes(MARK)
}
