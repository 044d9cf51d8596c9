const MAX_FAST_PLACES = 15

/**
 * A test for `multipleOf`, by the decimal numbers that the texts say and not by the doubles that stand for them: 0.3 is a multiple of 0.1, and
 * 1e308 of 0.5.
 */
export function multipleOf(divisor: number): (value: number) => boolean {
  const places = decimal(divisor).places
  if (places > MAX_FAST_PLACES) return (value) => isExactMultiple(value, divisor)
  const scale = 10 ** places
  const scaledDivisor = Math.round(divisor * scale)
  return (value) => {
    const scaled = Math.round(value * scale)
    if (!Number.isSafeInteger(scaled) || !Number.isSafeInteger(scaledDivisor)) return isExactMultiple(value, divisor)
    // Division rounds correctly: it gives the value back only if this is the decimal number that the value stands for.
    return scaled / scale === value && scaled % scaledDivisor === 0
  }
}

interface Decimal {
  readonly digits: bigint
  /** Digits behind the point; below zero where zeros follow. */
  readonly places: number
}

/** The shortest decimal number that reads back as this double. */
function decimal(value: number): Decimal {
  const [mantissa = '', exponent = '0'] = String(value).split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  const places = fraction.length - Number(exponent)
  return places < 0 ? { digits: BigInt(whole + fraction) * 10n ** BigInt(-places), places: 0 } : { digits: BigInt(whole + fraction), places }
}

function isExactMultiple(value: number, divisor: number): boolean {
  if (!Number.isFinite(value)) return false
  const a = decimal(value)
  const b = decimal(divisor)
  const places = Math.max(a.places, b.places)
  return (a.digits * 10n ** BigInt(places - a.places)) % (b.digits * 10n ** BigInt(places - b.places)) === 0n
}
