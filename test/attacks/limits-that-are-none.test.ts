import { rateLimit } from 'portcullis'
import { describe, expect, it } from 'vitest'
import { compileGateway } from '../../src/gateway/compile.ts'

type Options = Parameters<typeof rateLimit>[0]

const sound = { name: 'limit', by: 'ip', limit: '60/min', onError: 'deny' } as const

/** Starts a gateway whose only route has these limits, beside those of its zone. */
function start(policies: readonly unknown[], { zone = [], websocket }: { zone?: readonly unknown[]; websocket?: unknown } = {}) {
  const route = { public: 'a test', policies, ...(websocket !== undefined && { websocket }) }
  return compileGateway({ zones: { api: { hosts: ['api.example.com'], origin: 'https://origin.test', policies: zone, routes: { 'GET /': route } } } })
}

/** An operator who is told nothing believes that there is a limit. */
describe('what would limit nobody, or refuse everybody, does not start', () => {
  it('what is sound starts', () => {
    expect(() => start([rateLimit(sound)])).not.toThrow()
    expect(() => start([rateLimit({ ...sound, limit: '10/hour', burst: 10, ban: { after: 3, within: '1day', for: '1hour' } })])).not.toThrow()
    expect(() => start([rateLimit({ ...sound, limit: 256, algorithm: 'concurrency', maxSeconds: 60 })])).not.toThrow()
    expect(() => start([rateLimit({ ...sound, outcome: { statuses: [401], denials: ['authenticate', 'route.unlisted'] } })])).not.toThrow()
  })

  it.each<[string, Options]>([
    ['a ban whose episodes are further apart than they are counted together', { ...sound, limit: '5/hour', burst: 5, ban: { after: 3, for: '1hour' } }],
    ['the same of a day', { ...sound, limit: '100/day', algorithm: 'fixed-window', timeZone: 'UTC', ban: { after: 2, for: '1hour' } }],
    ['the same of a sliding window', { ...sound, limit: '10/hour', algorithm: 'sliding-window', ban: { after: 2, within: '1hour', for: '1hour' } }],
    ['a ban after more episodes than are ever remembered', { ...sound, ban: { after: 65, within: '1day', for: '1hour' } }],
    ['slots of which a /48 would have more than can be counted', { ...sound, limit: 300, algorithm: 'concurrency', maxSeconds: 60 }],
    ['a window of which a /48 would have more than can be counted', { ...sound, limit: '1000000/day', algorithm: 'sliding-window' }],
    ['a day of which a /48 would have more than can be counted', { ...sound, limit: '1000000/day', algorithm: 'fixed-window', timeZone: 'UTC' }],
    ['an outcome of a control that there is not', { ...sound, outcome: { denials: ['jwtt'] } }],
    ['an outcome of a control that has decided before', { ...sound, outcome: { denials: ['transport'] } }],
  ])('%s', (_, options) => {
    expect(() => start([rateLimit(options)])).toThrow(/problem/)
  })

  it('slots of WebSockets, whose end nobody sees', () => {
    const limit = rateLimit({ ...sound, limit: 2, algorithm: 'concurrency', maxSeconds: 60 })
    expect(() => start([limit], { websocket: { origins: ['https://app.example.com'] } })).toThrow(/problem/)
  })

  it('one and the same limit in a zone and on its route stands there once', () => {
    const limit = rateLimit(sound)
    const found = start([limit], { zone: [limit] })
      .zones.get('api.example.com')
      ?.find('/', 'GET')
    expect(found?.kind === 'route' && found.route.steps.filter(({ policy }) => policy === 'rate-limit:limit')).toHaveLength(1)
  })
})
