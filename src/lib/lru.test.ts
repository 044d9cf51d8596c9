import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Lru } from './lru.ts'

describe('Lru', () => {
  it('forgets what was used longest ago', () => {
    const lru = new Lru<number>({ maxEntries: 2, maxBytes: 100 })
    lru.set('a', 1, 1)
    lru.set('b', 2, 1)
    lru.get('a')
    lru.set('c', 3, 1)
    expect([lru.get('a'), lru.get('b'), lru.get('c')]).toEqual([1, undefined, 3])
  })

  it('makes room by bytes', () => {
    const lru = new Lru<number>({ maxEntries: 10, maxBytes: 10 })
    lru.set('a', 1, 4)
    lru.set('b', 2, 4)
    lru.set('c', 3, 8)
    expect([lru.size, lru.bytes, lru.get('c')]).toEqual([1, 8, 3])
  })

  it('does not take what is larger than itself, and keeps the others', () => {
    const lru = new Lru<number>({ maxEntries: 10, maxBytes: 10 })
    lru.set('a', 1, 4)
    lru.set('b', 2, 11)
    expect([lru.get('a'), lru.get('b')]).toEqual([1, undefined])
  })

  it('replaces a value and its bytes', () => {
    const lru = new Lru<number>({ maxEntries: 10, maxBytes: 10 })
    lru.set('a', 1, 4)
    lru.set('a', 2, 6)
    expect([lru.get('a'), lru.size, lru.bytes]).toEqual([2, 1, 6])
  })

  it('knows what was used when, whatever happens to it', () => {
    const step = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e'), value: fc.nat(), act: fc.constantFrom('set', 'get', 'delete') })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const lru = new Lru<number>({ maxEntries: 3, maxBytes: 100 })
        /** The newest last. */
        let model: (readonly [string, number])[] = []
        for (const { key, value, act } of steps) {
          const known = model.find(([name]) => name === key)
          model = model.filter(([name]) => name !== key)
          if (act === 'get') expect(lru.get(key)).toBe(known?.[1])
          if (act === 'get' && known !== undefined) model.push(known)
          if (act === 'set') model = [...model, [key, value] as const].slice(-3)
          if (act === 'set') lru.set(key, value, 1)
          if (act === 'delete') lru.delete(key)
        }
        expect(['a', 'b', 'c', 'd', 'e'].filter((key) => lru.get(key) !== undefined)).toEqual(model.map(([key]) => key).toSorted())
      }),
    )
  })

  it('keys that every object has are keys like others', () => {
    const lru = new Lru<number>({ maxEntries: 10, maxBytes: 10 })
    expect([lru.get('__proto__'), lru.get('constructor')]).toEqual([undefined, undefined])
  })

  it('never exceeds its bounds, whatever happens to it', () => {
    const step = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e'), bytes: fc.nat(12), act: fc.constantFrom('set', 'get', 'delete') })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const lru = new Lru<number>({ maxEntries: 3, maxBytes: 20 })
        for (const { key, bytes, act } of steps) {
          if (act === 'set') lru.set(key, bytes, bytes)
          else if (act === 'get') lru.get(key)
          else lru.delete(key)
          if (lru.size > 3 || lru.bytes > 20 || lru.bytes < 0) return false
        }
        let sum = 0
        for (const key of ['a', 'b', 'c', 'd', 'e']) sum += lru.get(key) ?? 0
        return sum === lru.bytes
      }),
    )
  })
})
