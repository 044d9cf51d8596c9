import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { AUDIENCE, ISSUER, SCOPE } from './scenario.ts'

/** The algorithms that are measured. */
export type MeasuredAlgorithm = 'RS256' | 'ES256'

/** An issuer of tokens whose key set is counted, and can fail. */
export interface TokenIssuer {
  readonly address: string
  /** What it publishes. */
  readonly keySet: { readonly keys: readonly JWK[] }
  /** How often somebody asked for the key set. */
  fetches: number
  isDown: boolean
  /** Signs so many different tokens. */
  tokens(alg: MeasuredAlgorithm, count: number): Promise<readonly string[]>
  stop(): void
}

/** Starts an issuer with a key of each algorithm. */
export async function startTokenIssuer(): Promise<TokenIssuer> {
  const keys = { RS256: await makeKey('RS256'), ES256: await makeKey('ES256') }
  const keySet = { keys: [keys.RS256.jwk, keys.ES256.jwk] }
  const server = createServer((request, response) => {
    issuer.fetches++
    if (issuer.isDown) request.socket.destroy()
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(keySet))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', () => listening()))
  const { port } = server.address() as AddressInfo
  const issuer: TokenIssuer = {
    address: `127.0.0.1:${port}`,
    keySet,
    fetches: 0,
    isDown: false,
    tokens: (alg, count) => Promise.all(Array.from({ length: count }, (_, n) => sign(keys[alg].privateKey, alg, n))),
    stop() {
      server.close()
      server.closeAllConnections()
    },
  }
  return issuer
}

async function makeKey(alg: MeasuredAlgorithm): Promise<{ readonly privateKey: CryptoKey; readonly jwk: JWK }> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid: alg, alg, use: 'sig' } }
}

function sign(key: CryptoKey, alg: MeasuredAlgorithm, n: number): Promise<string> {
  return new SignJWT({ scope: `openid profile ${SCOPE}`, client_id: `client-${n % 16}`, name: 'A client of the benchmark' })
    .setProtectedHeader({ alg, typ: 'at+jwt', kid: alg })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(`user-${n % 16}`)
    .setJti(`token-${n}`)
    .setIssuedAt()
    .setExpirationTime('12h')
    .sign(key)
}
