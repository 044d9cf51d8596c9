import { expect, it } from 'vitest'
import { locationCache } from './location-cache.ts'

const cache = locationCache('production')

it('keeps texts by their key, and apart from each other', async () => {
  await cache.put('a/b?c#d', 'one', 60)
  await cache.put('a/b?c', 'two', 60)
  expect([await cache.get('a/b?c#d'), await cache.get('a/b?c'), await cache.get('a/b')]).toEqual(['one', 'two', undefined])
})

it('replaces what was there', async () => {
  await cache.put('key', 'old', 60)
  await cache.put('key', 'new', 60)
  expect(await cache.get('key')).toBe('new')
})

it('keeps what it holds apart from the default cache and from caches of other names', async () => {
  await cache.put('apart', 'ours', 60)
  const url = `https://portcullis.invalid/production/${encodeURIComponent('apart')}`
  await caches.default.put(url, new Response('theirs', { headers: { 'cache-control': 'max-age=60' } }))
  expect(await cache.get('apart')).toBe('ours')
})

it('is nobody else’s: other environments of the zone have caches of their own', async () => {
  const staging = locationCache('staging')
  await staging.put('ledger/head', 'theirs', 60)
  expect(await cache.get('ledger/head')).toBe(undefined)
  await cache.put('ledger/head', 'ours', 60)
  expect([await cache.get('ledger/head'), await staging.get('ledger/head')]).toEqual(['ours', 'theirs'])
})

it('is empty where a key can have no URL', async () => {
  await cache.put('\ud800', 'lone', 60)
  expect(await cache.get('\ud800')).toBe(undefined)
})
