import { generateKeyPairSync } from 'node:crypto'

/** The product's Durable Object classes, by the names under which it is bound to them. */
export const OBJECTS = { RATE_LIMITER: 'RateLimiter', DECISION_LOG: 'DecisionLog', LEDGER: 'Ledger', KEYRING: 'Keyring', AUDIT: 'Audit' } as const

/** Secrets of the product that every gateway of the tests has, beside those that its own configuration names. */
export const PRODUCT_SECRETS = {
  PSEUDONYM_KEY: 'a key for tests, and for nothing else',
  OLD_PSEUDONYM_KEY: 'an older key for tests, and for nothing else',
  /** What API keys are hashed with. */
  KEY_PEPPER: 'a pepper for tests, and for nothing else',
  /** What lets an operator in before there is any other way. */
  ADMIN_TOKEN: 'only-the-operator-of-these-tests-knows-this',
  /** What signs the audit trail: an Ed25519 private key as a JWK (RFC 8037 §2). */
  AUDIT_SIGNING_KEY: JSON.stringify(generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })),
} as const
