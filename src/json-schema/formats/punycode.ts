const BASE = 36
const MAX_CODE_POINT = 0x10ffff

/** Decodes Punycode (RFC 3492 §6.2). @returns undefined for what is none, or would not be written so. */
export function decodePunycode(text: string): string | undefined {
  const hyphen = text.lastIndexOf('-')
  const points = Array.from(text.slice(0, Math.max(hyphen, 0)), (character) => character.charCodeAt(0))
  let point = 128
  let at = 0
  let bias = 72
  for (let i = hyphen + 1; i < text.length; ) {
    const before = at
    for (let weight = 1, k = BASE; ; k += BASE) {
      const digit = digitOf(text.charCodeAt(i++))
      if (digit < 0) return undefined
      at += digit * weight
      const threshold = k <= bias ? 1 : Math.min(k - bias, 26)
      if (digit < threshold) break
      weight *= BASE - threshold
      if (weight > Number.MAX_SAFE_INTEGER / BASE) return undefined
    }
    const count = points.length + 1
    bias = adapt(at - before, count, before === 0)
    point += Math.floor(at / count)
    at %= count
    if (point > MAX_CODE_POINT || (point >= 0xd800 && point < 0xe000)) return undefined
    points.splice(at++, 0, point)
  }
  return hyphen === 0 || points.every((one) => one < 128) ? undefined : String.fromCodePoint(...points)
}

/** How many characters the Punycode of a label has, `xn--` included (RFC 3492 §6.3). */
export function encodedLength(label: string): number {
  const points = Array.from(label, (character) => character.codePointAt(0) as number)
  const basic = points.filter((point) => point < 128).length
  let length = 4 + basic + (basic > 0 ? 1 : 0)
  let delta = 0
  let bias = 72
  let handled = basic
  let point = 128
  while (handled < points.length) {
    const next = Math.min(...points.filter((one) => one >= point))
    delta += (next - point) * (handled + 1)
    point = next
    for (const one of points) {
      if (one < point) delta++
      if (one !== point) continue
      length += digitsOf(delta, bias)
      bias = adapt(delta, handled + 1, handled === basic)
      delta = 0
      handled++
    }
    delta++
    point++
  }
  return length
}

function digitsOf(delta: number, bias: number): number {
  let digits = 1
  for (let rest = delta, k = BASE; ; k += BASE) {
    const threshold = k <= bias ? 1 : Math.min(k - bias, 26)
    if (rest < threshold) return digits
    rest = Math.floor((rest - threshold) / (BASE - threshold))
    digits++
  }
}

function adapt(delta: number, count: number, isFirst: boolean): number {
  let rest = isFirst ? Math.floor(delta / 700) : delta >> 1
  rest += Math.floor(rest / count)
  let k = 0
  for (; rest > 455; k += BASE) rest = Math.floor(rest / (BASE - 1))
  return k + Math.floor((BASE * rest) / (rest + 38))
}

function digitOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30 + 26
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x7a ? lower - 0x61 : -1
}
