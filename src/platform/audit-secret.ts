/** @returns the secret that is bound under a name: a Worker's own, or one of a Secrets Store. @throws {TypeError} where there is none; it names the binding and nothing else. */
export async function boundSecret(bindings: Readonly<Record<string, unknown>>, name: string): Promise<string> {
  const bound = bindings[name]
  const secret = isStored(bound) ? await bound.get().catch(() => '') : bound
  if (typeof secret !== 'string' || secret === '') throw new TypeError(`${name} is not set`)
  return secret
}

function isStored(bound: unknown): bound is { get(): Promise<string> } {
  return typeof bound === 'object' && bound !== null && 'get' in bound && typeof bound.get === 'function'
}
