// Members: what the description cannot say. Written once by `portcullis import`, and yours since: no import changes it.
import { jwt, openapiRequests, openapiResponses } from 'portcullis'
import { description } from './description.ts'
import { routes } from './routes.ts'

const tokens = jwt({
  issuer: 'https://issuer.test',
  audience: 'https://api.example.com',
  algorithms: ['ES256'],
  typ: 'at+jwt',
  keySet: { discovery: 'oidc' },
})

export const zone = {
  hosts: ['members.example.com'],
  origin: 'https://origin.example.com',
  policies: [openapiRequests({ description }), openapiResponses({ description, unlisted: 'strip' })],
  routes: routes({ login: tokens, machines: tokens }),
} as const
