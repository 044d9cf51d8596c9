import { describe, expect, it } from 'vitest'
import { Leases } from './lease.ts'

const START = Date.UTC(2026, 0, 1)
const lease = (left: number, untilMs: number, chargedMs: number) => ({ left, size: 10, untilMs, chargedMs })

describe('leases', () => {
  it('that come too late drive out none that lives, and are to be given back', () => {
    const leases = new Leases()
    leases.add(lease(5, START + 900, 1), START)
    leases.add(lease(6, START + 950, 2), START)
    leases.add(lease(7, START, 3), START)
    expect(leases.left(START)).toBe(11)
    expect(leases.takeExpired(START)).toEqual([{ count: 7, chargedMs: 3 }])
  })

  it('of which there are two make room for a third: the older one is given back', () => {
    const leases = new Leases()
    for (const chargedMs of [1, 2, 3]) leases.add(lease(5, START + 900, chargedMs), START)
    expect(leases.left(START)).toBe(10)
    expect(leases.takeExpired(START)).toEqual([{ count: 5, chargedMs: 1 }])
  })

  it('end all at once, and what is owed beyond four charges stays charged', () => {
    const leases = new Leases()
    for (const chargedMs of [1, 2, 3]) leases.owe({ count: 1, chargedMs })
    leases.add(lease(5, START + 900, 4), START)
    leases.add(lease(6, START + 900, 5), START)
    leases.end()
    expect(leases.left(START)).toBe(0)
    expect(leases.takeExpired(START).map(({ chargedMs }) => chargedMs)).toEqual([2, 3, 4, 5])
    expect(leases.takeExpired(START)).toEqual([])
  })
})
