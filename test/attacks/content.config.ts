import { validate } from 'portcullis'
import * as v from 'valibot'

const text = v.pipe(v.string(), v.maxLength(100))
const fields = v.strictObject({ title: text, tag: v.optional(v.array(text)) })
const upload = v.strictObject({
  title: v.optional(text),
  photo: v.optional(
    v.strictObject({ fileName: text, type: v.picklist(['image/png', 'image/jpeg', 'text/plain']), size: v.pipe(v.number(), v.maxValue(20_000)) }),
  ),
})
const note = v.strictObject({ title: text })

/** A zone of its own for bodies of other media types than JSON, and for compressed ones. */
export const content = {
  hosts: ['content.example.com'],
  origin: 'https://origin-content.test',
  routes: {
    'GET /health': { public: 'liveness' },
    'POST /form': {
      public: 'a form',
      policies: [validate({ body: fields, contentTypes: ['application/x-www-form-urlencoded'], repeatableFields: ['tag'], maxFields: 8 })],
    },
    'POST /upload': { public: 'files', policies: [validate({ body: upload, contentTypes: ['multipart/form-data'], maxFields: 4, maxPartBytes: 30_000 })] },
    'POST /lines': {
      public: 'a sequence',
      policies: [validate({ body: v.array(note), contentTypes: ['application/x-ndjson', 'application/json-seq'], maxRecords: 100, maxDepth: 8 })],
    },
    'POST /xml': {
      public: 'a document',
      policies: [
        validate({
          body: v.strictObject({ note: v.strictObject({ title: text, tag: v.optional(v.array(text)) }) }),
          contentTypes: ['application/xml', 'text/xml'],
          repeatableFields: ['tag'],
          maxElements: 100,
          maxDepth: 8,
        }),
      ],
    },
    'POST /compressed': { public: 'it may be compressed', policies: [validate({ body: note, compressed: 'accept' })] },
    'POST /counted': {
      public: 'JSON within bounds',
      policies: [validate({ body: v.any(), maxKeys: 100, maxItems: 100, maxStringLength: 1000, maxKeyLength: 50, maxNumberLength: 40 })],
    },
  },
}
