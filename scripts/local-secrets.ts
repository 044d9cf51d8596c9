import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a gateway on this machine has for secrets: made at random when they are first needed. */
const SECRETS = {
  PSEUDONYM_KEY: random,
  KEY_PEPPER: random,
  ADMIN_TOKEN: random,
  AUDIT_SIGNING_KEY: () => generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
} as const

/** The name of a secret that a gateway on this machine may have. */
export type LocalSecret = keyof typeof SECRETS

/** @returns the file that holds a secret: whatever is kept on this machine and was made with it is good as long as the file is there. */
export function localSecretFile(folder: string, name: LocalSecret): string {
  return join(folder, name)
}

/** Reads all of them, one a file that only its owner may read, and makes those that are not there. */
export function localSecrets(folder: string): Readonly<Record<LocalSecret, string>> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const names = Object.keys(SECRETS) as LocalSecret[]
  return Object.fromEntries(names.map((name) => [name, kept(localSecretFile(folder, name), SECRETS[name])])) as Record<LocalSecret, string>
}

function kept(file: string, make: () => string): string {
  if (!existsSync(file)) writeFileSync(file, make(), { mode: 0o600 })
  return readFileSync(file, 'utf8')
}

function random(): string {
  return randomBytes(32).toString('base64url')
}
