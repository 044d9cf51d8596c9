import { beforeEach, describe, expect, it } from 'vitest'
import { missingBindings } from './ports.ts'
import { needSecret } from './read-secret.ts'
import { MAX_AGE_MS, OUTAGE_HEARD_MS, REREAD_AFTER_MS, REST_AFTER_FAILURE_MS, REST_BEFORE_FIRST_MS, Secrets } from './secrets.ts'

const STRONG = 'a secret of at least thirty-two characters'
const NAMES = { secrets: ['KEY', 'CLIENT', 'HERE'], strongSecrets: ['KEY'] }

/** A store that a test rules: its values, which of them it does not give, and how often it was asked. */
class Store {
  values: Record<string, unknown> = { KEY: STRONG, CLIENT: 'the client' }
  readonly out = new Set<string>()
  asked = 0
  gate: Promise<void> | undefined
  binding(name: string) {
    return {
      get: async () => {
        this.asked++
        const [isOut, value] = [this.out.has(name), this.values[name]]
        await this.gate
        if (isOut) throw new Error(`the store says ${STRONG}`)
        return value
      },
    }
  }
}

let store: Store
let now: number
let notices: string[]
let tasks: Promise<unknown>[]
let secrets: Secrets

const background = { waitUntil: (task: Promise<unknown>) => void tasks.push(task) }
const made = (env: Record<string, unknown> = {}) =>
  new Secrets({ KEY: store.binding('KEY'), CLIENT: store.binding('CLIENT'), HERE: 'of the Worker', ...env }, NAMES, {
    clock: { now: () => now },
    notice: (reason, detail) => void notices.push(`${reason}: ${detail}`),
  })
const refresh = () => secrets.refresh(background)
/** Refreshes, and waits for what goes on behind. @returns whether the request had to wait. */
async function settled(): Promise<boolean> {
  const reading = refresh()
  await Promise.all([reading, ...tasks])
  return reading !== undefined
}
const values = () => NAMES.secrets.map((name) => secrets.get(name))

beforeEach(() => {
  store = new Store()
  now = Date.UTC(2026, 0, 1)
  notices = []
  tasks = []
  secrets = made()
})

describe('secrets of the Worker alone', () => {
  it('are there at once, and nothing is ever waited for', () => {
    secrets = made({ KEY: STRONG, CLIENT: 'x' })
    now += 10 * MAX_AGE_MS
    expect([refresh(), secrets.unread, values()]).toEqual([undefined, [], [STRONG, 'x', 'of the Worker']])
  })

  it.each([[undefined], [null], ['']])('%o is none', (value) => {
    secrets = made({ KEY: STRONG, CLIENT: value })
    expect([refresh(), secrets.unread, secrets.get('CLIENT')]).toEqual([undefined, [], undefined])
  })
})

describe('secrets of a store', () => {
  it('are read before anything is answered, each request for itself', async () => {
    expect([secrets.unread, values()]).toEqual([
      ['KEY', 'CLIENT'],
      [undefined, undefined, 'of the Worker'],
    ])
    const [one, other] = [refresh(), refresh()]
    expect(one).toBeInstanceOf(Promise)
    expect(other).toBeInstanceOf(Promise)
    expect(other).not.toBe(one)
    await Promise.all([one, other])
    expect([secrets.unread, values(), store.asked]).toEqual([[], [STRONG, 'the client', 'of the Worker'], 4])
  })

  it('are not asked for again while they are young', async () => {
    await refresh()
    now += REREAD_AFTER_MS - 1
    expect([await settled(), store.asked]).toEqual([false, 2])
  })

  it('are read again behind one request, and then are what the store says', async () => {
    await refresh()
    store.values.CLIENT = 'another'
    const { version } = secrets
    now += REREAD_AFTER_MS
    expect([refresh(), refresh(), secrets.get('CLIENT')]).toEqual([undefined, undefined, 'the client'])
    await Promise.all(tasks)
    expect([secrets.get('CLIENT'), store.asked, secrets.version > version]).toEqual(['another', 4, true])
  })

  it('are waited for where an isolate slept: no request is answered with what was read five minutes before', async () => {
    await refresh()
    store.values.CLIENT = 'another'
    now += MAX_AGE_MS
    expect([await settled(), secrets.get('CLIENT')]).toEqual([true, 'another'])
  })

  it('are read again when the clock was set back', async () => {
    await refresh()
    now -= 1
    expect(await settled()).toBe(true)
  })

  it('keep their version as long as they are the same', async () => {
    await refresh()
    const { version } = secrets
    now += MAX_AGE_MS
    await settled()
    expect(secrets.version).toBe(version)
  })

  it('an older reading that comes late replaces nothing', async () => {
    await refresh()
    const gate = Promise.withResolvers<void>()
    store.gate = gate.promise
    now += MAX_AGE_MS
    const late = refresh()
    store.gate = undefined
    store.values.CLIENT = 'another'
    now += 1
    await refresh()
    expect(secrets.get('CLIENT')).toBe('another')
    gate.resolve()
    await late
    expect(secrets.get('CLIENT')).toBe('another')
  })

  it('are what the store says after the clock was set back, and then are not asked for by each request', async () => {
    await refresh()
    store.values.CLIENT = 'another'
    now -= 3_600_000
    await settled()
    expect(secrets.get('CLIENT')).toBe('another')
    expect([await settled(), store.asked]).toEqual([false, 4])
  })

  it('an older reading replaces nothing that a newer one brought, though the store gave that one not all', async () => {
    await refresh()
    const gate = Promise.withResolvers<void>()
    store.gate = gate.promise
    now += MAX_AGE_MS
    const late = refresh()
    store.gate = undefined
    store.values.CLIENT = 'another'
    store.out.add('KEY')
    now += 1
    await refresh()
    expect(secrets.get('CLIENT')).toBe('another')
    gate.resolve()
    await late
    expect(secrets.get('CLIENT')).toBe('another')
  })
})

describe('a store that fails', () => {
  it('at first leaves nothing running, is left alone for a moment, and then asked again', async () => {
    store.out.add('CLIENT')
    expect([await settled(), secrets.unread, store.asked]).toEqual([true, ['CLIENT'], 2])
    now += REST_BEFORE_FIRST_MS - 1
    expect([await settled(), secrets.unread, store.asked]).toEqual([false, ['CLIENT'], 2])
    now += 1
    store.out.clear()
    store.out.add('KEY')
    const { version } = secrets
    expect([await settled(), secrets.unread, secrets.version > version]).toEqual([true, ['KEY'], true])
    now += REST_BEFORE_FIRST_MS
    store.out.clear()
    expect([await settled(), secrets.unread, values()]).toEqual([true, [], [STRONG, 'the client', 'of the Worker']])
  })

  it('later changes nothing, and the operator is told which', async () => {
    await refresh()
    store.out.add('KEY')
    store.values.CLIENT = 'another'
    now += REREAD_AFTER_MS
    await settled()
    expect(values(), 'what it did give is taken up').toEqual([STRONG, 'another', 'of the Worker'])
    expect(notices).toEqual(['config.secret-store: the Secrets Store did not give KEY'])
  })

  it('for long is asked now and then, behind requests, and never makes one wait', async () => {
    await refresh()
    store.out.add('KEY').add('CLIENT')
    now += MAX_AGE_MS
    expect(await settled(), 'nobody knows yet').toBe(true)
    for (let i = 1; i <= 10; i++) {
      now += REST_AFTER_FAILURE_MS - 1
      expect(await settled()).toBe(false)
      expect(store.asked).toBe(2 + 2 * i)
      now += 1
      expect(await settled()).toBe(false)
    }
    expect(values()).toEqual([STRONG, 'the client', 'of the Worker'])
    store.out.clear()
    store.values.CLIENT = 'another'
    now += REST_AFTER_FAILURE_MS
    await settled()
    expect(secrets.get('CLIENT')).toBe('another')
  })

  it('is asked by a request that waits, where nobody has heard of the outage for a minute', async () => {
    await refresh()
    store.out.add('CLIENT')
    now += MAX_AGE_MS
    await settled()
    store.out.clear()
    store.values.CLIENT = 'another'
    now += OUTAGE_HEARD_MS
    expect([await settled(), secrets.get('CLIENT')]).toEqual([true, 'another'])
  })

  it('is no longer out for what is known by a clock that was set back', async () => {
    await refresh()
    store.out.add('CLIENT')
    now += MAX_AGE_MS
    await settled()
    store.out.clear()
    store.values.CLIENT = 'another'
    now -= 3_600_000
    await settled()
    expect(secrets.get('CLIENT')).toBe('another')
  })

  it('never has what it says repeated', async () => {
    store.out.add('KEY')
    await settled()
    expect(notices.join()).not.toContain(STRONG)
  })

  it.each([[undefined], [''], [null], [{ secret: STRONG }], [42]])('gives %o: that is no secret, and what is in use stays', async (nothing) => {
    store.values.CLIENT = nothing
    await refresh()
    expect([secrets.unread, secrets.get('CLIENT')]).toEqual([[], undefined])
    store.values.CLIENT = 'the client'
    now += MAX_AGE_MS
    await settled()
    store.values.CLIENT = nothing
    now += MAX_AGE_MS
    await settled()
    expect(secrets.get('CLIENT')).toBe('the client')
  })
})

describe('a name that everything has', () => {
  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])('%s is no secret, and is not asked', async (name) => {
    const odd = new Secrets({}, { secrets: [name], strongSecrets: [name] }, { clock: { now: () => now }, notice: (_, detail) => void notices.push(detail) })
    expect(odd.refresh(background)).toBeUndefined()
    expect([odd.unread, odd.get(name), odd.isWeak(name), notices]).toEqual([[], undefined, false, []])
    await expect(needSecret({}, name)).rejects.toThrow(`${name} is not set`)
    expect(missingBindings([name], { DECISIONS: {} })).toEqual([name])
  })
})

describe('a binding of another kind', () => {
  it.each<[string, unknown]>([
    ['a Durable Object', { get: () => ({ name: 'a stub' }), idFromName: () => 'id' }],
    [
      'one that throws at once',
      {
        get: () => {
          throw { secret: STRONG }
        },
      },
    ],
    ['one that rejects with a value', { get: () => Promise.reject(STRONG) }],
    ['one without a way to ask', {}],
    ['a number', 42],
  ])('%s is no secret, and what it says is not repeated', async (_, binding) => {
    const odd = new Secrets(
      { KEY: binding },
      { secrets: ['KEY'], strongSecrets: ['KEY'] },
      { clock: { now: () => now }, notice: (_, detail) => void notices.push(detail) },
    )
    await odd.refresh(background)
    expect(odd.get('KEY')).toBeUndefined()
    expect(notices.join()).not.toContain(STRONG)
    const error = await needSecret({ KEY: binding }, 'KEY').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(Error)
    expect(`${error}${JSON.stringify(error)}${(error as Error).cause}`).not.toContain(STRONG)
  })
})

describe('a strong secret', () => {
  it.each([
    ['x'.repeat(31), true],
    ['x'.repeat(32), false],
  ])('%s is weak: %s, wherever it stands', async (value, isWeak) => {
    store.values.KEY = value
    await refresh()
    expect(secrets.isWeak('KEY')).toBe(isWeak)
    secrets = made({ KEY: value })
    expect([secrets.isWeak('KEY'), secrets.isWeak('CLIENT'), secrets.isWeak('HERE')]).toEqual([isWeak, false, false])
  })

  it('is not given up for a weak one, and the operator is told', async () => {
    await refresh()
    store.values.KEY = 'weak'
    now += MAX_AGE_MS
    await settled()
    expect([secrets.get('KEY'), notices]).toEqual([STRONG, ['config.weak-secret: not taken up from the Secrets Store: KEY']])
  })

  it('takes the place of a weak one', async () => {
    store.values.KEY = 'weak'
    await refresh()
    store.values.KEY = STRONG
    now += REREAD_AFTER_MS
    await settled()
    expect(secrets.isWeak('KEY')).toBe(false)
  })
})
