import { openapiRequests, validate } from 'portcullis'
import * as v from 'valibot'
import { described } from '../described.ts'

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
} as const

const description = described({
  'POST /upload': {
    body: {
      required: true,
      content: {
        'multipart/form-data': {
          schema: {
            type: 'object',
            properties: {
              title: { type: 'string', maxLength: 20 },
              meta: { type: 'object', properties: { rate: { type: 'integer', maximum: 5 } } },
              photo: { type: 'string', format: 'binary', maxLength: 2000 },
            },
            required: ['title'],
          },
          encoding: { photo: { contentType: ['image/png', 'image/jpeg'] } },
        },
      },
    },
  },
  'POST /xml': {
    body: {
      required: true,
      content: {
        'application/xml': {
          schema: {
            type: 'object',
            xml: { name: 'note', namespace: 'urn:note' },
            properties: {
              id: { type: 'integer', xml: { attribute: true } },
              title: { type: 'string', maxLength: 20 },
              tags: { type: 'array', maxItems: 3, items: { type: 'string', xml: { name: 'tag' } }, xml: { wrapped: true } },
            },
            required: ['title'],
          },
        },
      },
    },
  },
})

/** The same by an API's description. */
export const describedContent = {
  hosts: ['described-content.example.com'],
  origin: 'https://origin-content.test',
  policies: [openapiRequests({ description, maxElements: 50, maxDepth: 8, maxFields: 6 })],
  routes: { 'POST /upload': { public: 'files' }, 'POST /xml': { public: 'a document' } },
} as const
