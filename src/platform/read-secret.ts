import { inTime } from '../lib/in-time.ts'

/** A slower answer of the Secrets Store counts as none. */
export const READ_TIMEOUT_MS = 5000

/**
 * Reads a secret that is set at the Worker or in the Secrets Store: of the latter a Worker has a binding that has to be asked.
 * @returns undefined where it is not bound, or empty.
 * @throws when the store does not give it. The message says nothing of what it said.
 */
export async function readSecret(env: Readonly<Record<string, unknown>>, name: string): Promise<string | undefined> {
  const binding = bindingOf(env, name)
  if (binding === undefined || typeof binding === 'string') return textOf(binding)
  const late = () => new Error(`no secret ${name} within ${READ_TIMEOUT_MS} ms`)
  return textOf(await inTime(ask(binding as SecretsStoreSecret, name), READ_TIMEOUT_MS, late))
}

/** Like {@link readSecret}. @throws {TypeError} where there is none; it names the binding and nothing else. */
export async function needSecret(env: Readonly<Record<string, unknown>>, name: string): Promise<string> {
  const secret = await readSecret(env, name)
  if (secret === undefined) throw new TypeError(`${name} is not set`)
  return secret
}

/** A binding of another kind may hold anything, and what it says may be anybody's. */
async function ask(binding: SecretsStoreSecret, name: string): Promise<string> {
  try {
    return await binding.get()
  } catch {
    throw new Error(`the Secrets Store did not give ${name}`)
  }
}

/** @returns what is bound under a name, and nothing that every object has. */
export function bindingOf(env: Readonly<Record<string, unknown>>, name: string): unknown {
  return name in Object.prototype ? undefined : (env[name] ?? undefined)
}

/** @returns the value of a secret, if it is one. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
