import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { portcullis } from './portcullis.ts'

const AT = ['--url', 'http://127.0.0.1:1/_portcullis/admin', '--timeout', '1']
const env = { PORTCULLIS_TOKEN: 'a-token-of-a-test' }
const KEY = 'acme_live_3kP9vQ2mXw7RzT1b_'.concat('s'.repeat(49))

describe('what is asked wrongly, exit code 2', () => {
  it.each<[string, readonly string[], RegExp]>([
    ['no command', [], /needs a command[\s\S]*Usage: portcullis --help/],
    ['a group alone', ['keys'], /portcullis keys needs a command/],
    ['another command', ['conjure'], /no command conjure/],
    ['another command of a group', ['keys', 'conjure'], /portcullis keys has no command conjure/],
    ['options before the command', ['--json', 'status'], /Options stand behind the command/],
    ['a name of every object', ['constructor'], /no command constructor/],
    ['an unknown option', ['status', '--loud'], /no option --loud/],
    ['a negated option', ['status', '--no-json'], /no option --no-json/],
    ['an option in the other spelling', ['status', '--tokenFile', 'x'], /no option --tokenFile/],
    ['an option twice', ['status', '--url', 'https://a.example', '--url', 'https://b.example'], /--url is given 2 times/],
    ['an option without its value', ['status', '--url'], /--url needs a value/],
    ['an option for a value', ['status', '--url', '--json'], /--url needs a value/],
    ['an empty value, as of an unset variable', ['status', '--url', ''], /--url needs a value/],
    ['a value for a switch', ['status', '--json=yes'], /--json takes no value/],
    ['an argument too many', ['status', 'now'], /takes options alone/],
    ['two arguments for one', ['keys', 'show', '3kP9vQ2mXw7RzT1b', '3kP9vQ2mXw7RzT1c'], /one argument too many/],
    ['an argument too few', ['keys', 'show'], /ID is missing/],
    ['no owner', ['keys', 'create', '--name', 'n'], /--owner is missing/],
    ['an id that is none', ['keys', 'show', '../status'], /16 letters and digits/],
    ['another kind', ['revoke', '--kind', 'everything'], /--kind is one of token, subject/],
    ['no gateway', ['status'], /Which gateway/],
    ['two gateways', ['status', '--local', ...AT], /two gateways/],
    ['a port of nothing', ['status', '--port', '1'], /--port belongs to --local/],
    ['no port', ['status', '--local', '--port', '65536'], /--port wants a port/],
    ['plain http to another machine', ['status', '--url', 'http://api.example.com/'], /must begin with https/],
    ['a host that only begins like this machine', ['status', '--url', 'http://127.0.0.1.example.com/'], /must begin with https/],
    ['another scheme', ['status', '--url', 'ftp://api.example.com/'], /must begin with https/],
    ['a query in the URL', ['status', '--url', 'https://api.example.com/?a=b'], /query or a fragment/],
    ['no URL', ['status', '--url', 'api.example.com'], /no URL/],
    ['no timeout', ['status', ...AT, '--timeout=0'], /--timeout/],
    ['a short idempotency key', ['audit', 'checkpoint', ...AT, '--idempotency-key', 'short'], /16 to 128/],
    ['nobody', ['ban', 'add', '--for', '1h', '--reason', 'r', ...AT], /exactly one of --ip/],
    ['two at once', ['ban', 'add', '--ip', '192.0.2.1', '--asn', '1', '--for', '1h', '--reason', 'r', ...AT], /exactly one of/],
    ['a subject of nobody', ['ban', 'add', '--subject', 's', '--for', '1h', '--reason', 'r', ...AT], /belong together/],
    ['a ban for good', ['ban', 'add', '--ip', '192.0.2.1', '--reason', 'r', ...AT], /--for or --until/],
    ['two ends', ['ban', 'add', '--ip', '192.0.2.1', '--for', '1h', '--until', '2030-01-01T00:00:00Z', '--reason', 'r', ...AT], /--for or --until/],
    ['no reason', ['ban', 'add', '--ip', '192.0.2.1', '--for', '1h', ...AT], /--reason is missing/],
    ['no duration', ['ban', 'add', '--ip', '192.0.2.1', '--for', '2', '--reason', 'r', ...AT], /--for wants a time/],
    ['a moment without its zone', ['ban', 'add', '--ip', '192.0.2.1', '--until', '2030-01-01T00:00:00', '--reason', 'r', ...AT], /--until wants a moment/],
    ['the 30th of February', ['ban', 'add', '--ip', '192.0.2.1', '--until', '2030-02-30T00:00:00Z', '--reason', 'r', ...AT], /--until wants a moment/],
    ['the whole gateway, unconfirmed', ['killswitch', 'on', '--for', '1h', '--reason', 'r', ...AT], /The whole gateway[\s\S]*--yes/],
    ['a route of no zone', ['killswitch', 'on', '--route', 'GET /x', '--for', '1h', '--reason', 'r', ...AT], /--route needs its --zone/],
    ['all keys of an owner, unconfirmed', ['keys', 'revoke-owner', 'acme', '--reason', 'r', ...AT], /--yes/],
    [
      'an issuer with a value',
      ['revoke', '--kind', 'issuer', '--issuer', 'https://i', '--value', 'v', '--for', '1h', '--reason', 'r', ...AT],
      /takes no --value/,
    ],
    ['all of an issuer, unconfirmed', ['revoke', '--kind', 'issuer', '--issuer', 'https://i', '--for', '1h', '--reason', 'r', ...AT], /--yes/],
    [
      'lifted until',
      ['revoke', '--lift', '--kind', 'token', '--issuer', 'https://i', '--value', 'v', '--for', '1h', '--reason', 'r', ...AT],
      /--lift takes none of --for/,
    ],
    ['a list of something', ['revoke', '--list', '--kind', 'token', ...AT], /--list takes none of --kind/],
    ['whose counter', ['override', 'add', '--zone', 'z', '--limit', 'l', '--to', '5', '--for', '1h', '--reason', 'r', ...AT], /Whose counter/],
    ['an overlap of months', ['keys', 'rotate', '3kP9vQ2mXw7RzT1b', '--overlap', '31d', ...AT], /30 days/],
    ['metadata that is none', ['keys', 'create', '--owner', 'o', '--name', 'n', '--metadata', 'x', ...AT], /NAME=/],
    ['a page of thousands', ['keys', 'list', '--limit', '1001', ...AT], /1 to 1000/],
    ['a head that is none', ['audit', 'verify', 'x', '--head', 'abc'], /--head wants a hash/],
    ['a file that is not there', ['audit', 'verify', 'not-there.ndjson'], /is not there/],
  ])('%s', async (_, args, says) => {
    const { code, out, error } = await portcullis(args, { env })
    expect(error).toMatch(says)
    expect(out).toBe('')
    expect(code).toBe(2)
  })
})

describe('secrets are not taken from the command line', () => {
  const jwt = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl'
  it.each<[string, readonly string[], string]>([
    ['--token', ['status', ...AT, '--token', 'hunter2hunter2'], 'hunter2'],
    ['--token=', ['status', ...AT, '--token=hunter2hunter2'], 'hunter2'],
    ['--password', ['status', ...AT, '--password', 'hunter2hunter2'], 'hunter2'],
    ['--client-secret', ['status', ...AT, '--client-secret=hunter2hunter2'], 'hunter2'],
    ['--admin-token', ['status', ...AT, '--admin-token=hunter2hunter2'], 'hunter2'],
    ['-H', ['status', ...AT, '-H', 'Authorization: Bearer hunter2hunter2'], 'hunter2'],
    ['a user and a password in the URL', ['status', '--url', 'https://ada:hunter2@api.example.com/'], 'hunter2'],
    ['a whole key for its id', ['keys', 'revoke', KEY, '--reason', 'r', ...AT], KEY.slice(-49)],
    ['a whole key in a reason', ['keys', 'revoke', '3kP9vQ2mXw7RzT1b', '--reason', KEY, ...AT], KEY.slice(-49)],
    ['a whole token for its id', ['revoke', '--kind', 'token', '--issuer', 'https://i', '--value', jwt, ...AT], jwt.slice(-9)],
    ['a token as the command', [jwt], jwt.slice(-9)],
    ['a token as an option', [`status`, `--${jwt}`], jwt.slice(-9)],
    ['a token too many', ['status', jwt], jwt.slice(-9)],
  ])('%s', async (_, args, secret) => {
    const { code, out, error } = await portcullis(args, { env })
    expect(code).toBe(2)
    expect(out + error).not.toContain(secret)
    expect(error.length).toBeGreaterThan(20)
  })
})

describe('help', () => {
  it.each<[readonly string[], RegExp]>([
    [['--help'], /USAGE portcullis status\|keys\|ban/],
    [['-h'], /USAGE portcullis status/],
    [['keys', '--help'], /USAGE portcullis keys create\|list\|show\|rotate\|revoke\|revoke-owner/],
    [['killswitch', 'on', '--help'], /USAGE portcullis killswitch on \[OPTIONS\] --reason/],
    [['doctor', '--help'], /--zone-id/],
  ])('%j', async (args, says) => {
    const { code, out, error } = await portcullis(args)
    expect(out).toMatch(says)
    expect(error).toBe('')
    expect(code).toBe(0)
  })

  it('the version is the package’s', async () => {
    const { version } = JSON.parse(readFileSync(join(resolve(import.meta.dirname, '../..'), 'package.json'), 'utf8')) as { readonly version: string }
    expect((await portcullis(['--version'])).out).toBe(`${version}\n`)
  })
})
