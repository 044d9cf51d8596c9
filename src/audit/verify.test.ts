import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { entryHash } from './entry.ts'
import { checkpointLine, entryLine, exportLines, exportText, keyLine, withoutPersonal } from './export.ts'
import { linesOf } from './lines.ts'
import { publicKeyOf, readSigningKey } from './signing-key.ts'
import { eventOf, NOW, newSecret, trailOf } from './test-trail.ts'
import type { TrailFaultCode } from './trail-fault.ts'
import { type VerifyOptions, verifyTrail } from './verify.ts'

const PERSONAL = { ip: '192.0.2.1', name: 'Ada “Lovelace”\n\u2028' }
/** Ten entries, signed at 3, 6 and 9; every second one has personal facts. Line 1 is the key; entry n stands on line 1 + n + the checkpoints before it. */
const trail = await trailOf(Array.from({ length: 10 }, (_, i) => eventOf({ target: `target-${i}`, ...(i % 2 === 0 && { personal: PERSONAL }) })))
const NAMED: VerifyOptions = { publicKeys: trail.keys }
const lineOf = (seq: number) => 1 + seq + Math.floor((seq - 1) / 3)
const [KEY_LINE, ...REST] = trail.lines as [string, ...string[]]
const entry = (seq: number) => trail.entries[seq - 1] as NonNullable<(typeof trail.entries)[0]>
const without = (...lines: number[]) => trail.lines.filter((_, i) => !lines.includes(i + 1))
const replaced = (line: number, text: string) => trail.lines.map((old, i) => (i + 1 === line ? text : old))

describe('a trail that nobody touched', () => {
  it('is whole up to the last signature, and says what comes after', async () => {
    expect(await verifyTrail(trail.lines, NAMED)).toEqual({
      verdict: 'whole',
      ...{ entries: 10, firstSeq: 1, lastSeq: 10, lastHash: entry(10).hash, lastAtMs: NOW + 9000 },
      ...{ checkpoints: 3, confirmed: 0, signedSeq: 9, unsignedTail: 1, signers: [trail.keys[0]?.kid], strangers: [], strangersSeq: 0, keys: trail.keys },
      personal: { kept: 5, deleted: 0 },
    })
  })

  it('is signed by nobody who was named, where nobody was', async () => {
    const report = await verifyTrail(trail.lines)
    expect(report).toMatchObject({ verdict: 'unsigned', signedSeq: 0, unsignedTail: 10, strangers: [trail.keys[0]?.kid], strangersSeq: 9 })
  })

  it('is signed by nobody who was named, where somebody else was', async () => {
    const other = await readSigningKey(await newSecret())
    expect(await verifyTrail(trail.lines, { publicKeys: [other.publicKey] })).toMatchObject({ verdict: 'unsigned', signedSeq: 0, strangersSeq: 9 })
  })

  it('needs no key of its own where it was named, whatever it is called', async () => {
    const publicKeys = trail.keys.map((key) => ({ ...key, kid: 'mine' }))
    expect(await verifyTrail(REST, { publicKeys })).toMatchObject({ verdict: 'whole', signedSeq: 9 })
  })

  it('may come in pieces, each with its keys', async () => {
    const [one, two] = [trail.entries.slice(0, 4), trail.entries.slice(4)].map((entries) =>
      exportText({ entries, checkpoints: trail.checkpoints, keys: trail.keys }),
    )
    const bytes = new TextEncoder().encode(`${one}${two}`)
    expect(await verifyTrail(linesOf([bytes]), NAMED)).toMatchObject({ verdict: 'whole', entries: 10, signedSeq: 9 })
    const rest = new TextEncoder().encode(two)
    expect(await verifyTrail(linesOf([rest]), { ...NAMED, after: { seq: 4, hash: entry(4).hash } })).toMatchObject({
      verdict: 'whole',
      firstSeq: 5,
      unsignedTail: 1,
    })
    expect(await verifyTrail(linesOf([rest]), { ...NAMED, after: { seq: 4 } })).toMatchObject({ verdict: 'whole', firstSeq: 5 })
    expect((await verifyTrail(linesOf([rest]), { ...NAMED, after: { seq: 4, hash: entry(3).hash } })).fault?.code).toBe('previous')
  })

  it('counts personal facts that were deleted, and misses those that are not old enough', async () => {
    const lines = replaced(lineOf(3), entryLine(withoutPersonal(entry(3))))
    expect(await verifyTrail(lines, NAMED)).toMatchObject({ verdict: 'whole', personal: { kept: 4, deleted: 1 } })
    expect(await verifyTrail(lines, { ...NAMED, personalKeptSinceMs: entry(3).atMs + 1 })).toMatchObject({ verdict: 'whole' })
    expect((await verifyTrail(lines, { ...NAMED, personalKeptSinceMs: entry(3).atMs })).fault).toMatchObject({ line: lineOf(3), code: 'personal' })
  })

  it('goes on under a new key, that signs after the old one', async () => {
    const key = await readSigningKey(await newSecret())
    const next = await trailOf([eventOf(), eventOf()], { every: 12, key, from: entry(10) })
    const lines = [...trail.lines, ...next.lines]
    expect(await verifyTrail(lines, { publicKeys: [...trail.keys, key.publicKey] })).toMatchObject({ verdict: 'whole', signedSeq: 12, unsignedTail: 0 })
    expect(await verifyTrail(lines, NAMED)).toMatchObject({ verdict: 'whole', signedSeq: 9, unsignedTail: 3, strangers: [key.publicKey.kid], strangersSeq: 12 })
  })
})

const changed = { ...entry(5), outcome: 'refused' }
const rehashed = { ...changed, hash: entryHash(changed) }
const [first] = trail.checkpoints as [NonNullable<(typeof trail.checkpoints)[0]>]
const stranger = await readSigningKey(await newSecret())
const byStranger = await stranger.sign(entry(3), NOW)
const mixed = await trailOf(Array.from({ length: 10 }, () => eventOf({ target: 'other' })))

describe('a trail that somebody touched', () => {
  it.each<[what: string, lines: readonly string[], line: number, code: TrailFaultCode]>([
    ['an edit', replaced(lineOf(5), entryLine(changed)), lineOf(5), 'hash'],
    ['an edit with a new hash', replaced(lineOf(5), entryLine(rehashed)), lineOf(6), 'previous'],
    ['an entry taken out', without(lineOf(5)), lineOf(5), 'sequence'],
    ['the beginning cut off', without(lineOf(1)), 2, 'beginning'],
    ['the beginning cut off at a signature', without(2, 3, 4, 5), 2, 'beginning'],
    ['the middle cut out, from signature to signature', without(6, 7, 8, 9), 6, 'sequence'],
    ['an entry twice', [...trail.lines.slice(0, 3), trail.lines[2] as string, ...trail.lines.slice(3)], 4, 'sequence'],
    ['two entries exchanged', [KEY_LINE, REST[1] as string, REST[0] as string, ...REST.slice(2)], 2, 'beginning'],
    [
      'a signature before its entry',
      [...trail.lines.slice(0, 3), trail.lines[4] as string, trail.lines[3] as string, ...trail.lines.slice(5)],
      4,
      'checkpoint',
    ],
    ['a signature twice', [...trail.lines.slice(0, 5), ...trail.lines.slice(4)], 6, 'checkpoint'],
    ['a false signature', replaced(5, checkpointLine({ ...first, signature: trail.checkpoints[1]?.signature ?? '' })), 5, 'signature'],
    ['a signature with another time', replaced(5, checkpointLine({ ...first, atMs: first.atMs + 1 })), 5, 'signature'],
    ['a signature in another form', replaced(5, checkpointLine({ ...first, signature: `${first.signature}=` })), 5, 'signature'],
    ['a signature of another entry', replaced(5, checkpointLine({ ...first, hash: entry(2).hash })), 5, 'checkpoint'],
    ['a key that nobody knows', replaced(5, checkpointLine(byStranger)), 5, 'unknown-key'],
    ['a key under another’s id', replaced(1, keyLine({ ...stranger.publicKey, kid: first.keyId })), 1, 'key'],
    [
      'personal facts of another',
      replaced(lineOf(3), entryLine({ ...entry(3), personal: { salt: 'salt-2', text: '{"ip":"192.0.2.2"}' } })),
      lineOf(3),
      'personal',
    ],
    ['personal facts where there were none', replaced(lineOf(2), entryLine({ ...entry(2), personal: { salt: 's', text: '{}' } })), lineOf(2), 'personal'],
    ['two chains mixed', [...trail.lines.slice(0, 6), mixed.lines[6] as string, ...trail.lines.slice(7)], 7, 'previous'],
    ['two chains one after the other', [...trail.lines, ...mixed.lines.slice(1)], trail.lines.length + 1, 'sequence'],
    ['a member more', replaced(lineOf(5), (trail.lines[lineOf(5) - 1] as string).replace('"seq"', '"note":1,"seq"')), lineOf(5), 'form'],
    ['a member twice', replaced(lineOf(5), (trail.lines[lineOf(5) - 1] as string).replace('"outcome"', '"outcome":"refused","outcome"')), lineOf(5), 'form'],
    ['a space', replaced(lineOf(5), (trail.lines[lineOf(5) - 1] as string).replace('"seq":', '"seq": ')), lineOf(5), 'form'],
    ['half a line', replaced(lineOf(5), (trail.lines[lineOf(5) - 1] as string).slice(0, 40)), lineOf(5), 'shape'],
    ['an empty line', replaced(lineOf(5), ''), lineOf(5), 'shape'],
    ['something else', replaced(lineOf(5), '{"entry":{"seq":5}}'), lineOf(5), 'shape'],
    ['nothing', [], 1, 'beginning'],
    ['keys alone', [KEY_LINE], 2, 'beginning'],
  ])('%s: found', async (_what, lines, line, code) => {
    const report = await verifyTrail(lines, NAMED)
    expect(report.fault).toEqual({ line, code, why: expect.any(String) })
    expect(report.verdict).toBe('broken')
  })

  it('a tail that was cut off is found by what was known elsewhere, and by nothing else', async () => {
    const cut = trail.lines.slice(0, 9)
    expect(await verifyTrail(cut, NAMED)).toMatchObject({ verdict: 'whole', lastSeq: 6, unsignedTail: 0 })
    const { seq, hash } = entry(10)
    expect((await verifyTrail(cut, { ...NAMED, head: { seq, hash } })).fault).toEqual({
      line: 10,
      code: 'end',
      why: expect.stringContaining('ends with entry 6'),
    })
    expect((await verifyTrail(cut, { ...NAMED, checkpoints: trail.checkpoints })).fault?.code).toBe('end')
    expect(await verifyTrail(trail.lines, { ...NAMED, head: { seq, hash }, checkpoints: trail.checkpoints })).toMatchObject({ verdict: 'whole', confirmed: 4 })
  })

  it('a chain that was written anew with the right key is found by what was known elsewhere', async () => {
    expect(await verifyTrail(mixed.lines, NAMED)).toMatchObject({ verdict: 'whole' })
    expect((await verifyTrail(mixed.lines, { ...NAMED, checkpoints: trail.checkpoints })).fault).toMatchObject({ code: 'head' })
    expect((await verifyTrail(mixed.lines, { ...NAMED, head: entry(2) })).fault).toMatchObject({ code: 'head' })
  })

  it('is not accused by a checkpoint that nobody named has signed', async () => {
    const forged = await stranger.sign({ seq: 20, hash: entry(1).hash }, NOW)
    expect((await verifyTrail(trail.lines, { ...NAMED, checkpoints: [forged] })).fault?.why).toMatch(/not signed by a key that was named/)
  })

  it.each<[string, VerifyOptions, TrailFaultCode | undefined, number]>([
    ['is the one before, by its number alone', { after: { seq: 4 }, head: entry(4) }, undefined, 1],
    ['is the one before', { after: { seq: 4, hash: entry(4).hash }, head: entry(4) }, undefined, 1],
    ['is another than the one before, by its number alone', { after: { seq: 4 }, head: { seq: 4, hash: entry(5).hash } }, 'previous', 1],
    ['is another than the one before', { after: { seq: 4, hash: entry(4).hash }, head: { seq: 4, hash: entry(5).hash } }, 'head', 0],
    ['stands nowhere in the file', { after: { seq: 4 }, head: entry(3) }, 'head', 0],
  ])('what is known from elsewhere %s', async (_, options, code, confirmed) => {
    const rest = [...exportLines({ entries: trail.entries.slice(4), checkpoints: trail.checkpoints, keys: trail.keys })]
    const report = await verifyTrail(rest, { ...NAMED, ...options })
    expect([report.fault?.code, report.confirmed]).toEqual([code, confirmed])
  })

  it('names the line with bytes that are no UTF-8, and has read those before it', async () => {
    const bytes = new TextEncoder().encode(trail.lines.map((line) => `${line}\n`).join(''))
    const start = trail.lines.slice(0, 6).reduce((sum, line) => sum + new TextEncoder().encode(line).length + 1, 0)
    for (const [at, byte] of [
      [start + 20, 0xff],
      [start + 20, 0xc3],
    ] as const) {
      const broken = bytes.slice()
      broken[at] = byte
      expect(await verifyTrail(linesOf([broken]), NAMED)).toMatchObject({ fault: { line: 7, code: 'encoding' }, entries: 4 })
    }
  })

  it('names the line that is longer than any', async () => {
    const text = `${trail.lines.slice(0, 3).join('\n')}\n${'x'.repeat(1_048_577)}`
    expect((await verifyTrail(linesOf([new TextEncoder().encode(text)]), NAMED)).fault).toMatchObject({ line: 4, code: 'shape' })
    expect((await verifyTrail(linesOf([new TextEncoder().encode(`${text}\n`)]), NAMED)).fault).toMatchObject({ line: 4, code: 'shape' })
  })

  it('with more lines than anybody may hold is read to its first fault', async () => {
    expect((await verifyTrail(linesOf([new TextEncoder().encode('x'.repeat(1_048_577))]), NAMED)).fault?.code).toBe('shape')
  })
})

describe('any change of a file', () => {
  const text = exportText(trail)
  const bytes = new TextEncoder().encode(text)
  const chunked = (given: Uint8Array, size: number) =>
    Array.from({ length: Math.ceil(given.length / size) }, (_, i) => given.subarray(i * size, (i + 1) * size))

  it('of one byte is found', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 2), fc.integer({ min: 1, max: 255 }), fc.integer({ min: 1, max: 5000 }), async (at, by, size) => {
        const broken = bytes.slice()
        broken[at] = (broken[at] as number) ^ by
        expect((await verifyTrail(linesOf(chunked(broken, size)), NAMED)).verdict).toBe('broken')
      }),
      { numRuns: 500 },
    )
  })

  it('of some bytes taken out or put in is found', async () => {
    const change = fc.record({ at: fc.nat(bytes.length - 2), out: fc.nat(40), put: fc.uint8Array({ maxLength: 40 }) })
    await fc.assert(
      fc.asyncProperty(change, async ({ at, out, put }) => {
        const broken = new Uint8Array([...bytes.subarray(0, at), ...put, ...bytes.subarray(Math.min(at + out, bytes.length - 1))])
        fc.pre(!sameText(broken, bytes))
        const report = await verifyTrail(linesOf(chunked(broken, 700)), NAMED)
        // Lines that vanish whole at the end or are signatures alone take nothing from what is still there.
        expect(report.verdict === 'broken' || !isSame(report)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('that moves, drops, repeats or swaps whole lines is found', async () => {
    const index = fc.nat(trail.lines.length - 1)
    const change = fc.record({ kind: fc.constantFrom('move', 'drop', 'repeat', 'swap'), a: index, b: index })
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const lines = [...trail.lines]
        for (const { kind, a, b } of changes) {
          const [from, to] = [a % lines.length, b % lines.length]
          if (kind === 'move') lines.splice(to, 0, ...lines.splice(from, 1))
          else if (kind === 'drop' && lines.length > 1) lines.splice(from, 1)
          else if (kind === 'repeat') lines.splice(to, 0, lines[from] as string)
          else [lines[from], lines[to]] = [lines[to] as string, lines[from] as string]
        }
        const report = await verifyTrail(lines, NAMED)
        const entries = lines.filter((line) => line.startsWith('{"entry"'))
        // Where every entry stands as it stood up to some place, nothing was changed but what the report counts.
        const isPrefix = entries.length > 0 && entries.length <= trail.entries.length && entries.every((line, i) => line === entryLine(entry(i + 1)))
        if (!isPrefix) expect(report.verdict).toBe('broken')
        else if (report.verdict !== 'broken') expect(report.lastSeq).toBe(entries.length)
      }),
      { numRuns: 1000 },
    )
  })

  function isSame(report: Awaited<ReturnType<typeof verifyTrail>>): boolean {
    return report.entries === 10 && report.checkpoints === 3 && report.keys.length === 1
  }

  function sameText(a: Uint8Array, b: Uint8Array): boolean {
    return a.length === b.length && a.every((byte, i) => byte === b[i])
  }
})

describe('publicKeyOf', () => {
  it('names a key by its thumbprint (RFC 8037, appendix A.3)', () => {
    expect(publicKeyOf('11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo').kid).toBe('kPrK_qmxVWaYVA9w')
  })
})
