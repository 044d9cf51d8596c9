import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { READ_TIMEOUT_MS, readSecret } from './read-secret.ts'

/** How wrangler writes to its own store, through the binding. */
interface LocalStore {
  'SecretsStoreSecret::admin_api'(): Promise<{
    create(value: string): Promise<string>
    update(value: string, id: string): Promise<string>
    delete(id: string): Promise<void>
  }>
}

describe('readSecret', () => {
  it.each<[string, unknown, string | undefined]>([
    ['a secret of the Worker', 'value', 'value'],
    ['a secret of a store', { get: () => Promise.resolve('stored') }, 'stored'],
    ['nothing', undefined, undefined],
    ['null', null, undefined],
    ['an empty secret', '', undefined],
    ['an empty secret of a store', { get: () => Promise.resolve('') }, undefined],
    ['a store that gives no text', { get: () => Promise.resolve({}) }, undefined],
  ])('%s', async (_, binding, expected) => {
    expect(await readSecret({ NAME: binding }, 'NAME')).toBe(expected)
  })

  it.each<[string, unknown]>([
    ['a store that fails', { get: () => Promise.reject(new Error('hunter2')) }],
    ['a binding that is no secret', { fetch: () => {} }],
    ['a number', 42],
  ])('%s is a failure that names the secret and nothing else', async (_, binding) => {
    const failure = await readSecret({ NAME: binding }, 'NAME').catch(String)
    expect(failure).toBe('Error: the Secrets Store did not give NAME')
  })

  it('reads what wrangler’s own store has: nothing, then a secret, then another', async () => {
    const bindings = env as unknown as Readonly<Record<string, unknown>>
    await expect(readSecret(bindings, 'STORED')).rejects.toThrow('the Secrets Store did not give STORED')
    const store = await (bindings.STORED as LocalStore)['SecretsStoreSecret::admin_api']()
    const id = await store.create('the first')
    expect(await readSecret(bindings, 'STORED')).toBe('the first')
    await store.update('the second', id)
    expect(await readSecret(bindings, 'STORED')).toBe('the second')
    await store.delete(id)
  })

  it('a store that never answers is given up', async () => {
    vi.useFakeTimers()
    try {
      const reading = readSecret({ NAME: { get: () => new Promise(() => {}) } }, 'NAME').catch(String)
      await vi.advanceTimersByTimeAsync(READ_TIMEOUT_MS)
      expect(await reading).toBe(`Error: no secret NAME within ${READ_TIMEOUT_MS} ms`)
    } finally {
      vi.useRealTimers()
    }
  })
})
