import type { IncomingMessage, ServerResponse } from 'node:http'
import { ISSUER } from './provider.ts'

/** A host that has the issuer's keys as well, and that nobody was told to ask. */
export const ELSEWHERE = 'elsewhere.test'

type Broken = (request: IncomingMessage, response: ServerResponse) => void

const BRACKETS = 100_000

/** How an issuer's key set can fail, by what it does. */
export const OUTAGES = {
  'breaks the connection': (request) => void request.socket.destroy(),
  'never answers': () => {},
  'stalls in the middle of the body': (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).write('{"keys":['),
  'breaks off in the middle of the body': (request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' }).write('{"keys":[', () => request.socket.destroy())
  },
  'answers 500': says(500, '{"keys":[]}'),
  'refuses the gateway': says(401, '{"error":"invalid_client"}'),
  'answers 404': says(404, '{"keys":[]}'),
  'answers garbage': says(200, Buffer.from(Array.from({ length: 4096 }, (_, n) => (n * 151 + 128) % 256))),
  'answers HTML': says(200, '<!doctype html><title>Down for maintenance</title>', 'text/html'),
  'answers nothing': says(200, ''),
  'answers JSON that is no key set': says(200, '{"keys":"soon"}'),
  'answers an empty key set': says(200, '{"keys":[]}'),
  'answers keys that serve nobody': says(200, '{"keys":[{"kty":"oct","k":"c2VjcmV0"},null,"key",{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}'),
  'answers 10 MB': says(200, `{"keys":[${'{"kty":"EC"},'.repeat(800_000)}null]}`),
  'answers 10 MB in pieces of unsaid number': (_, response) => trickle(response.writeHead(200, { 'content-type': 'application/json' }), 160),
  'answers 100,000 keys': says(200, `{"keys":[${'{},'.repeat(99_999)}{}]}`),
  'answers 80,000 keys that are small enough': says(200, `{"keys":[${'{},'.repeat(79_999)}{}]}`),
  'answers JSON nested 100,000 deep': says(200, `${'['.repeat(BRACKETS)}${']'.repeat(BRACKETS)}`),
  'answers a key nested 100,000 deep': says(200, `{"keys":[${'['.repeat(BRACKETS)}${']'.repeat(BRACKETS)}]}`),
  'redirects to itself': (_, response) => void response.writeHead(302, { location: '/jwks' }).end(),
  'redirects elsewhere': (_, response) => void response.writeHead(302, { location: `https://${ELSEWHERE}/jwks` }).end(),
} satisfies Readonly<Record<string, Broken>>

/** One of {@link OUTAGES}. */
export type Outage = keyof typeof OUTAGES

/** How an issuer's configuration can lead astray: each names good keys. */
export const FALSE_CONFIGURATIONS = {
  'names another issuer': says(200, JSON.stringify({ issuer: 'https://issuer.test.example', jwks_uri: `${ISSUER}/jwks` })),
  'names no issuer': says(200, JSON.stringify({ jwks_uri: `${ISSUER}/jwks` })),
  'names keys without TLS': says(200, JSON.stringify({ issuer: ISSUER, jwks_uri: `http://${ELSEWHERE}/jwks` })),
  'names keys with a password': says(200, JSON.stringify({ issuer: ISSUER, jwks_uri: `https://a:b@${ELSEWHERE}/jwks` })),
  'names no keys': says(200, JSON.stringify({ issuer: ISSUER })),
  'redirects elsewhere': (_, response) => void response.writeHead(307, { location: `https://${ELSEWHERE}/.well-known/openid-configuration` }).end(),
} satisfies Readonly<Record<string, Broken>>

/** One of {@link FALSE_CONFIGURATIONS}. */
export type FalseConfiguration = keyof typeof FALSE_CONFIGURATIONS

function says(status: number, body: string | Buffer, type = 'application/json'): Broken {
  return (_, response) =>
    void response
      .on('error', () => {})
      .writeHead(status, { 'content-type': type })
      .end(body)
}

/** Goes on as long as somebody listens. */
function trickle(response: ServerResponse, pieces: number): void {
  const piece = `${' '.repeat(65_535)}\n`
  const next = (left: number) => {
    if (left === 0) response.end('{"keys":[]}')
    else if (!response.destroyed) response.write(piece, () => next(left - 1))
  }
  response.on('error', () => {})
  next(pieces)
}
