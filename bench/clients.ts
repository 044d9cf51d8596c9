import { exportJWK, generateKeyPair, type JSONWebKeySet, SignJWT } from 'jose'
import { AUDIENCE, CLIENTS, EDGE, HOST, ISSUER, PAGE, PATH, QUERY, SCOPE } from './scenario.ts'

/** The issuer's public keys, and what the clients send. */
export interface Clients {
  readonly keySet: JSONWebKeySet
  /** A request of each client that every gateway lets pass. */
  readonly good: readonly string[]
  /** The same without a token. */
  readonly anonymous: readonly string[]
}

/** Makes an issuer's key, and for each client a token and its requests, as the edge would hand them to a Worker. */
export async function makeClients(): Promise<Clients> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
  const kid = 'bench'
  const keySet = { keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' }] }
  const tokens = await Promise.all(
    CLIENTS.map((_, n) =>
      new SignJWT({ scope: `openid profile ${SCOPE}`, client_id: `client-${n}`, name: 'A client of the benchmark' })
        .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(`user-${n}`)
        .setJti(`token-${n}`)
        .setIssuedAt()
        .setExpirationTime('12h')
        .sign(privateKey),
    ),
  )
  return {
    keySet,
    good: CLIENTS.map((ip, n) => request(ip, { Authorization: `Bearer ${tokens[n]}` })),
    anonymous: CLIENTS.map((ip) => request(ip, {})),
  }
}

/** Writes a request of the scenario as it stands on the wire. */
export function request(ip: string, credentials: Readonly<Record<string, string>>, target = `${PATH}${QUERY}`): string {
  const fields = {
    Host: HOST,
    'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    Accept: 'application/json',
    'Accept-Language': 'en',
    'Accept-Encoding': 'gzip, br',
    Origin: PAGE,
    ...credentials,
    'CF-Connecting-IP': ip,
    'CF-IPCountry': EDGE.country,
    'CF-Ray': '9a1b2c3d4e5f6789-ARN',
    'X-Forwarded-For': ip,
    'X-Forwarded-Proto': 'https',
    'portcullis-proto': 'https',
    'portcullis-cf': JSON.stringify(EDGE),
  }
  return `GET ${target} HTTP/1.1\r\n${Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`
}
