// An API as its OpenAPI description says: `npx portcullis import examples/from-openapi/library.yaml --zone library --out examples/from-openapi`.
import { defineGateway } from 'portcullis'
import { zone as library } from './from-openapi/library/zone.ts'

export default defineGateway({ zones: { library } })
