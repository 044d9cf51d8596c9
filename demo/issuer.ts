import { DurableObject } from 'cloudflare:workers'
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose'

/** How long a token of the demo is good for. */
export const TOKEN_SECONDS = 600

const ISSUER = 'https://issuer.example'
const AUDIENCE = 'https://api.example.com'
const ALGORITHM = 'ES256'

/** One ES256 key, made on first use. */
interface StoredKey {
  readonly kid: string
  readonly publicKey: JWK
  readonly privateKey: JWK
}

/** Signs the demo's tokens. A Durable Object, so that its key outlives every restart: tokens that were issued before stay good. */
export class Issuer extends DurableObject {
  constructor(state: DurableObjectState, env: Cloudflare.Env) {
    super(state, env)
    // Nobody asks before there is a key, and there is only ever one.
    void state.blockConcurrencyWhile(async () => {
      if ((await state.storage.get('key')) === undefined) await state.storage.put<StoredKey>('key', await makeKey())
    })
  }

  /** @returns an access token as RFC 9068 wants it, for any subject and any scope. */
  async issue(subject: string, scope: string): Promise<string> {
    const { kid, privateKey } = await this.#key()
    return await new SignJWT({ scope, client_id: 'demo' })
      .setProtectedHeader({ alg: ALGORITHM, typ: 'at+jwt', kid })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(subject)
      .setJti(crypto.randomUUID())
      .setIssuedAt()
      .setExpirationTime(`${TOKEN_SECONDS}s`)
      .sign(await importJWK(privateKey, ALGORITHM))
  }

  /** @returns the JSON Web Key Set (RFC 7517 §5) to check the tokens with, as JSON. */
  async keySet(): Promise<string> {
    const { kid, publicKey } = await this.#key()
    return JSON.stringify({ keys: [{ ...publicKey, kid, alg: ALGORITHM, use: 'sig' }] })
  }

  async #key(): Promise<StoredKey> {
    const key = await this.ctx.storage.get<StoredKey>('key')
    if (key === undefined) throw new Error('no signing key')
    return key
  }
}

async function makeKey(): Promise<StoredKey> {
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM, { extractable: true })
  return { kid: crypto.randomUUID(), publicKey: await exportJWK(publicKey), privateKey: await exportJWK(privateKey) }
}
