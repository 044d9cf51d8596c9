import { describe, expect, it } from 'vitest'
import { callerOf } from './caller.ts'
import type { Caller } from './exchange.ts'

const SHARED = '2a06:98c0:3600::103'
const client = (ip: string): Caller => ({ kind: 'client', ip })
const worker = (zone: string): Caller => ({ kind: 'worker', zone })
const unknown: Caller = { kind: 'unknown' }

describe('callerOf', () => {
  it.each<[string, Record<string, string>, Caller]>([
    ['nothing', {}, unknown],
    [
      'only the client’s own word',
      { 'X-Forwarded-For': '192.0.2.1', 'True-Client-IP': '192.0.2.1', 'X-Real-IP': '192.0.2.1', Forwarded: 'for=192.0.2.1' },
      unknown,
    ],
    ['X-Forwarded-For beside it', { 'CF-Connecting-IP': '192.0.2.1', 'X-Forwarded-For': '198.51.100.1' }, client('192.0.2.1')],
    ['True-Client-IP beside it', { 'CF-Connecting-IP': '192.0.2.1', 'True-Client-IP': '198.51.100.1' }, client('192.0.2.1')],
    ['X-Real-IP beside it', { 'CF-Connecting-IP': '192.0.2.1', 'X-Real-IP': '198.51.100.1' }, client('192.0.2.1')],
    ['CF-Connecting-IPv6 in its stead', { 'CF-Connecting-IPv6': '2001:db8::1' }, unknown],
    ['the underscore spelling', { CF_Connecting_IP: '192.0.2.1' }, unknown],
    ['the header sent twice', { 'CF-Connecting-IP': '192.0.2.1, 198.51.100.1' }, unknown],
    ['empty', { 'CF-Connecting-IP': '' }, unknown],
    ['no address', { 'CF-Connecting-IP': 'unknown' }, unknown],
    ['with a port', { 'CF-Connecting-IP': '192.0.2.1:80' }, unknown],
    ['octal', { 'CF-Connecting-IP': '0300.0.2.1' }, unknown],
    ['with a zone', { 'CF-Connecting-IP': 'fe80::1%eth0' }, unknown],
    ['a Pseudo IPv4 address', { 'CF-Connecting-IP': '240.16.0.1', 'CF-Connecting-IPv6': '2001:db8::1' }, unknown],
    ['broadcast', { 'CF-Connecting-IP': '255.255.255.255' }, unknown],
    ['IPv4', { 'CF-Connecting-IP': '192.0.2.1' }, client('192.0.2.1')],
    ['IPv6 in another spelling', { 'CF-Connecting-IP': '2001:0DB8:0:0:0:0:0:1' }, client('2001:db8::1')],
    ['IPv4-mapped', { 'CF-Connecting-IP': '::FFFF:192.0.2.1' }, client('192.0.2.1')],
    ['a Worker of another zone', { 'CF-Connecting-IP': SHARED, 'CF-Worker': 'other.example' }, worker('other.example')],
    ['the shared address in another spelling', { 'CF-Connecting-IP': '2A06:98C0:3600:0:0:0:0:0103' }, worker('')],
    ['a client that poses as a Worker', { 'CF-Connecting-IP': '192.0.2.1', 'CF-Worker': 'other.example' }, worker('')],
    ['a Worker that poses as another', { 'CF-Connecting-IP': SHARED, 'CF-Worker': 'evil.example, other.example' }, worker('evil.example, other.example')],
    ['a Worker without an address', { 'CF-Worker': 'other.example' }, worker('')],
    ['an empty CF-Worker', { 'CF-Connecting-IP': '192.0.2.1', 'CF-Worker': '' }, worker('')],
    ['a neighbour of the shared address', { 'CF-Connecting-IP': '2a06:98c0:3600::104' }, client('2a06:98c0:3600::104')],
  ])('%s', (_name, headers, expected) => {
    expect(callerOf(new Headers(headers))).toEqual(expected)
  })
})
