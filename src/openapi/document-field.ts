import type { FormPair } from '../lib/form-pairs.ts'
import type { Field } from './parameter-style.ts'
import { NOT_TEXT, REPEATED } from './unread.ts'

/**
 * Makes the field of a parameter whose text is a document of a media type: one pair, and nothing below its name.
 * @param decode takes off what the place puts around a text; undefined for what is none.
 */
export function documentField(name: string, decode: (raw: string) => string | undefined, read: (text: string) => unknown): Field {
  return {
    name,
    takesName: true,
    takesBelow: false,
    takesProperties: false,
    read([pair, more]) {
      if (more !== undefined) return REPEATED
      const text = decode((pair as FormPair).raw)
      return text === undefined ? NOT_TEXT : read(text)
    },
  }
}
