/** The tests of `format` by its name; undefined where a format asserts nothing. */
export interface FormatTests {
  string(format: string): ((value: string) => boolean) | undefined
  number(format: string): ((value: number) => boolean) | undefined
}

/** No format asserts anything (2020-12 Validation §7.2.1). */
export const ANNOTATED: FormatTests = { string: () => undefined, number: () => undefined }

/** Known formats assert; others do not. */
export const ASSERTED: FormatTests = ANNOTATED
