import { compileOperand } from '../../core/condition.ts'
import type { Exchange } from '../../core/exchange.ts'
import type { Principal } from '../../core/principal.ts'
import { networkOf } from '../../lib/ip.ts'
import { parsePointer, valueAt } from '../../lib/json-pointer.ts'
import { shardOf } from '../../lib/shard.ts'
import { type KeyPart, partsOf, type RateLimitSettings } from './settings.ts'

/** Whom a request is counted for. */
export interface Key {
  /** The object that holds the cells. */
  readonly owner: string
  /** The cell's identity. */
  readonly id: string
  /** The identity of the cell of the whole /48, for an IPv6 client that is counted by its address. */
  readonly ceilingId: string | undefined
}

/** @returns undefined for a caller who cannot be told from any other. */
export type KeyOf = (x: Exchange) => Key | undefined

/** Longer header and claim values share one cell, so that no caller decides how large a counter's name is. */
const MAX_VALUE_LENGTH = 256
/** An issuer and a subject. */
const MAX_PRINCIPAL_LENGTH = 1024

/** Which address stands in the key: the client's own network, or the wider one that its ceiling is for. */
type Width = 'own' | 'ceiling'

interface Part {
  /** Distinguishes what is counted by; also the parts' order in the key, so that their order in the configuration means nothing. */
  readonly label: string
  /** @returns the value; undefined when the request has none. */
  read(x: Exchange, width: Width): string | undefined
  readonly maxLength: number
  /** Says something of who is calling, by connection. */
  readonly ofConnection: boolean
  /** Says something of who is calling, as verified. */
  readonly ofIdentity: boolean
}

const OF_IDENTITY: ReadonlySet<KeyPart> = new Set<KeyPart>(['principal', 'credential', 'level', 'role'])

/** Whether a limit by this can only be counted once the caller is known. */
export function needsIdentity(by: KeyPart): boolean {
  return OF_IDENTITY.has(by) || (typeof by === 'object' && 'claim' in by)
}

/** Whether a limit by this can only be counted once the body was found sound. */
export function needsBody(by: KeyPart): boolean {
  return typeof by === 'object' && 'body' in by
}

/** Whether a limit by this has few counters for each principal: names that the configuration knows. They live together, in an object of the principal's own. */
export function isOwned(by: readonly KeyPart[]): boolean {
  return by.includes('principal') && by.every((part) => part === 'principal' || part === 'route')
}

/** @returns the function that names the counters of one plan of a limit; of whoever has none, `plan` is undefined. */
export function compileCounter(settings: Pick<RateLimitSettings, 'name' | 'algorithm' | 'by'>, plan: string | undefined): KeyOf {
  const { name, algorithm } = settings
  // Rows of one algorithm say nothing to another: with it changes the counter.
  const counter = [name, ...(algorithm === 'token-bucket' ? [] : [algorithm]), ...(plan === undefined ? [] : [`plan ${plan}`])].join(' ')
  return compileKey(counter, partsOf(settings))
}

/**
 * Compiles what a limit counts by into the function that names its cells. The name of the limit stands in them with its algorithm, where that is not the token bucket:
 * rows of one algorithm say nothing to another. Every piece of a name stands behind its length, and a value that is missing or too long
 * is written as no value can be: so no two different callers have one name, whatever they send.
 * @returns a function that gives undefined for a caller who cannot be told from any other.
 */
export function compileKey(name: string, by: readonly KeyPart[]): KeyOf {
  const parts = by.map(partOf).sort((a, b) => (a.label < b.label ? -1 : 1))
  const limit = framed(name)
  const usesConnection = parts.some((part) => part.ofConnection)
  const usesIdentity = parts.some((part) => part.ofIdentity)
  const hasIp = by.includes('ip')
  const livesWithPrincipal = isOwned(by)

  return (x) => {
    const isAnonymous = usesIdentity && x.principal === undefined
    const space = usesIdentity && !isAnonymous && !usesConnection ? 'i' : spaceOf(x, isAnonymous, usesConnection)
    if (space === undefined) return undefined
    const prefix = framed(x.zone) + limit + space
    const id = prefix + written(parts, x, 'own')
    const isCeiled = hasIp && x.caller.kind === 'client' && x.caller.ip.includes(':')
    const ceilingId = isCeiled ? prefix + written(parts, x, 'ceiling') : undefined
    const isOwnedHere = livesWithPrincipal && !isAnonymous
    const owner = isOwnedHere ? `${x.zone}|principal|${x.principal?.id.slice(0, MAX_PRINCIPAL_LENGTH)}` : `${x.zone}|shard|${shardOf(ceilingId ?? id)}`
    return { owner, id, ceilingId }
  }
}

/**
 * Which callers share a key space. Another Worker never counts with clients: its requests come from addresses that are not its own, so it is counted by its zone.
 * Who has no identity where one is counted by is counted by address, so that it is neither free of the limit nor able to use up anybody else's.
 */
function spaceOf({ caller }: Exchange, isAnonymous: boolean, usesConnection: boolean): string | undefined {
  switch (caller.kind) {
    case 'client':
      return isAnonymous ? `a${framed(networkOfClient(caller.ip, 48))}` : 'c'
    case 'worker':
      return `w${framed(caller.zone)}`
    case 'unknown':
      return usesConnection || isAnonymous ? undefined : 'u'
  }
}

function written(parts: readonly Part[], x: Exchange, width: Width): string {
  let text = ''
  for (const { label, read, maxLength } of parts) {
    const value = read(x, width)
    text += label
    text += value === undefined ? '-' : value.length > maxLength ? '+' : framed(value)
  }
  return text
}

function framed(text: string): string {
  return `${text.length}:${text}`
}

function partOf(by: KeyPart): Part {
  const base = { maxLength: MAX_VALUE_LENGTH, ofConnection: false, ofIdentity: false }
  if (typeof by === 'object') {
    if ('claim' in by) return { ...base, label: framed(`claim ${by.claim}`), ofIdentity: true, read: readClaim(by.claim) }
    if ('param' in by) return { ...base, label: framed(`param ${by.param}`), read: readParam(by.param) }
    if ('body' in by) return { ...base, label: framed(`body ${by.body}`), read: readBody(by.body) }
    return { ...base, label: framed(`header ${by.header}`), read: readHeader(by.header) }
  }
  const label = framed(by)
  switch (by) {
    case 'ip':
      return {
        ...base,
        label,
        ofConnection: true,
        read: ({ caller }, width) => (caller.kind === 'client' ? networkOfClient(caller.ip, width === 'own' ? 64 : 48) : undefined),
      }
    case 'country':
      return { ...base, label, ofConnection: true, read: ({ caller, edge }) => (caller.kind === 'client' ? (edge.country ?? undefined) : undefined) }
    case 'asn':
      return { ...base, label, ofConnection: true, read: ({ caller, edge }) => (caller.kind === 'client' ? edge.asn?.toString() : undefined) }
    case 'ja4':
      return { ...base, label, ofConnection: true, read: ({ caller, edge }) => (caller.kind === 'client' ? (edge.botManagement?.ja4 ?? undefined) : undefined) }
    case 'credential':
      return { ...base, label, ofIdentity: true, read: ({ principal }) => credentialOf(principal) }
    case 'level':
      return { ...base, label, ofIdentity: true, read: ({ principal }) => principal?.level }
    case 'role':
      return { ...base, label, maxLength: MAX_PRINCIPAL_LENGTH, ofIdentity: true, read: ({ principal }) => rolesOf(principal) }
    case 'graphql-operation':
      return { ...base, label, read: ({ validated: { graphql } }) => graphql && `${graphql.kind} ${graphql.operation ?? ''}` }
    case 'route':
      return { ...base, label, maxLength: MAX_PRINCIPAL_LENGTH, read: ({ route }) => route.key }
    case 'principal':
      return { ...base, label, maxLength: MAX_PRINCIPAL_LENGTH, ofIdentity: true, read: ({ principal }) => principal?.id }
  }
}

/** With its issuer: two issuers may give one id. */
function credentialOf(principal: Principal | undefined): string | undefined {
  return principal?.credentialId === undefined ? undefined : framed(principal.issuer) + principal.credentialId
}

function rolesOf(principal: Principal | undefined): string | undefined {
  if (principal === undefined || principal.roles.size === 0) return undefined
  return [...principal.roles].sort().map(framed).join('')
}

function networkOfClient(ip: string, v6Bits: number): string {
  // In the one form of an IPv4 address already: a caller's address is canonical.
  if (!ip.includes(':')) return ip
  const network = networkOf(ip, 32, v6Bits)
  if (network === undefined) throw new TypeError("the client's address is none")
  return network
}

function readHeader(name: string): Part['read'] {
  return (x) => {
    const value = x.headers.get(name) ?? undefined
    // A credential must not become the name of a row.
    return value !== undefined && x.route.credentialHeaders.includes(name) ? `pseudonym ${x.ports.pseudonym(value)}` : value
  }
}

function readClaim(name: string): Part['read'] {
  const read = compileOperand({ from: 'claim', name })
  return (x) => typed(read(x))
}

function readParam(name: string): Part['read'] {
  return ({ params }) => (Object.hasOwn(params, name) ? params[name] : undefined)
}

function readBody(pointer: string): Part['read'] {
  const path = parsePointer(pointer)
  return ({ validated }) => typed(valueAt(validated.body, path))
}

/** With its type: the number 1 and the text '1' are two tenants. Lists and objects have no one text, so they count as missing. */
function typed(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? `${typeof value} ${value}` : undefined
}
