import { parseIp } from '../lib/ip.ts'
import { type IpRanges, ipRanges } from '../lib/ip-ranges.ts'
import { networkText, parseNetwork } from '../lib/network.ts'

/**
 * Rules by network. Nearly all addresses are in none of them, which one search among sorted ranges tells; of the others the rules are looked up by each length of prefix that there is.
 */
export class NetworkRules<R> {
  readonly #rules = new Map<string, R[]>()
  readonly #prefixes: Readonly<Record<4 | 6, Set<number>>> = { 4: new Set(), 6: new Set() }
  #ranges: IpRanges | undefined

  /** @param value a network; what is none, of a ledger that knows better, concerns nobody. */
  add(value: string, rule: R): void {
    const network = parseNetwork(value)
    if (typeof network === 'string') return
    const rules = this.#rules.get(network.text)
    if (rules === undefined) this.#rules.set(network.text, [rule])
    else rules.push(rule)
    this.#prefixes[network.family].add(network.prefixBits)
    this.#ranges = undefined
  }

  /** @returns a rule of a network that the address lies in and that `holds`; of what is no address, none. */
  find(address: string, holds: (rule: R) => boolean): R | undefined {
    if (this.#rules.size === 0) return undefined
    this.#ranges ??= ipRanges([...this.#rules.keys()], () => {})
    if (this.#ranges.has(address) !== true) return undefined
    const ip = parseIp(address)
    if (ip === undefined) return undefined
    for (const bits of this.#prefixes[ip.family]) {
      const found = this.#rules.get(networkText(ip, bits))?.find(holds)
      if (found !== undefined) return found
    }
    return undefined
  }
}
