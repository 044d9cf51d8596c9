import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { values } from '../workerd/origin.ts'
import { rawText } from '../workerd/raw.ts'
import { bearer, type FrontDoor, forwarded, openFrontDoor, refused, tokenOfOne } from './front-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door.stop())

/** The address that every Worker calls other zones from. */
const SHARED = '2a06:98c0:3600::103'

describe('a caller is who Cloudflare says it is', () => {
  it.each<[string, Record<string, string>, string]>([
    ['a Worker of a listed zone', { 'CF-Connecting-IP': SHARED, 'CF-Worker': 'partner.example' }, '200 origin.answered'],
    ['a Worker of another zone', { 'CF-Connecting-IP': SHARED, 'CF-Worker': 'evil.example' }, '403 ip-list.worker'],
    ['a Worker of no zone', { 'CF-Connecting-IP': SHARED }, '403 ip-list.worker'],
    ['the shared address in other words', { 'CF-Connecting-IP': '2A06:98C0:3600:0:0:0:0:103' }, '403 ip-list.worker'],
    ['the shared address in dotted words', { 'CF-Connecting-IP': '2a06:98c0:3600::0.0.1.3' }, '403 ip-list.worker'],
    ['a zone by another case', { 'CF-Connecting-IP': SHARED, 'CF-Worker': 'Partner.example' }, '403 ip-list.worker'],
    ['a zone below a listed one', { 'CF-Connecting-IP': SHARED, 'CF-Worker': 'x.partner.example' }, '403 ip-list.worker'],
    ['a zone that ends like a listed one', { 'CF-Connecting-IP': SHARED, 'CF-Worker': 'xpartner.example' }, '403 ip-list.worker'],
    ['two zones', { 'CF-Connecting-IP': SHARED, 'CF-Worker': 'partner.example, evil.example' }, '403 ip-list.worker'],
    ['an empty zone', { 'CF-Connecting-IP': SHARED, 'CF-Worker': '' }, '403 ip-list.worker'],
    ['a client that calls itself a Worker', { 'CF-Worker': 'partner.example' }, '403 ip-list.worker'],
    ['a denied client that calls itself a Worker', { 'CF-Connecting-IP': '203.0.113.5', 'CF-Worker': 'partner.example' }, '403 ip-list.worker'],
    ['a Worker without an address', { 'CF-Connecting-IP': '', 'CF-Worker': 'partner.example' }, '403 ip-list.worker'],
    ['CF_Worker is nothing', { 'CF-Connecting-IP': '192.0.2.9', CF_Worker: 'partner.example' }, '200 origin.answered'],
  ])('%s', async (_, headers, said) => {
    const outcome = await door.ask('GET /health', headers)
    expect(outcome.said).toBe(said)
    expect(outcome.received).toHaveLength(said.startsWith('200') ? 1 : 0)
  })

  it('a zone that lists no Workers lets none in', async () => {
    const headers = { Host: 'partners.example.org', 'CF-Connecting-IP': SHARED, 'CF-Worker': 'partner.example' }
    expect(await door.ask('GET /open', headers)).toMatchObject(refused('403 ip-list.worker'))
  })

  it('the origin is told no address for a Worker, and the record names its zone', async () => {
    const outcome = await door.ask('GET /health', { 'CF-Connecting-IP': SHARED, 'CF-Worker': 'partner.example' })
    expect(values(forwarded(outcome), 'x-portcullis-client-ip')).toEqual([])
    expect(values(forwarded(outcome), 'cf-worker')).toEqual([])
    expect(outcome.decision?.clientIp).toBe('worker:partner.example')
  })

  it('a Worker that passes still has to say who it is', async () => {
    const worker = { 'CF-Connecting-IP': SHARED, 'CF-Worker': 'partner.example' }
    expect(await door.ask('GET /v1/profile', worker)).toMatchObject(refused('401 jwt.missing'))
    expect((await door.ask('GET /v1/profile', { ...worker, ...bearer(await tokenOfOne(door)) })).said).toBe('200 origin.answered')
  })
})

describe('a client without one plain address is nobody', () => {
  it.each([
    '',
    '192.0.2.1, 198.51.100.7',
    '198.51.100.7,192.0.2.1',
    '192.0.2.1 198.51.100.7',
    '192.0.2.1:443',
    '[2001:db8::1]',
    '2001:db8::1%eth0',
    '192.0.2.1/32',
    '192.0.2.01',
    '0300.0.2.1',
    '0xc0.0.2.1',
    '3221225985',
    '192.0.513',
    '192.0.2.256',
    'localhost',
    'unknown',
    '::ffff:240.0.0.1',
    '255.255.255.255',
    '-',
  ])('CF-Connecting-IP: %j', async (address) => {
    expect(await door.ask('GET /health', { 'CF-Connecting-IP': address })).toMatchObject(refused('403 ip-list.no-address'))
  })

  it('none at all, whatever else a client says', async () => {
    const bytes = (fields: string) => rawText('GET', '/health').replace('CF-Connecting-IP: 192.0.2.1\r\n', fields)
    expect(await door.send(bytes(''))).toMatchObject(refused('403 ip-list.no-address'))
    for (const name of ['X-Forwarded-For', 'X-Real-IP', 'True-Client-IP', 'CF_Connecting_IP', 'CF-Connecting-IPv6', 'Forwarded']) {
      expect(await door.send(bytes(`${name}: 192.0.2.1\r\n`)), name).toMatchObject(refused('403 ip-list.no-address'))
    }
  })

  it('two fields are a list', async () => {
    const bytes = rawText('GET', '/health', { 'CF-Connecting-IP': '192.0.2.1' }).replace('\r\n\r\n', '\r\nCF-Connecting-IP: 192.0.2.2\r\n\r\n')
    expect(await door.send(bytes)).toMatchObject(refused('403 ip-list.no-address'))
  })

  it.each(['203.0.113.5', '::ffff:203.0.113.5', '::FFFF:cb00:7105', '0:0:0:0:0:ffff:203.0.113.5', '2001:db8:bad::1', '2001:0DB8:0BAD:0000::1'])(
    'a denied network is denied as %s too',
    async (address) => {
      expect(await door.ask('GET /health', { 'CF-Connecting-IP': address, 'X-Forwarded-For': '192.0.2.1' })).toMatchObject(refused('403 ip-list.denied'))
    },
  )
})
