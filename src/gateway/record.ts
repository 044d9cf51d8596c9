import type { DecisionRecord } from '../core/record.ts'
import { METHODS } from '../core/route-grammar.ts'
import { networkOf } from '../lib/ip.ts'
import { userAgentFamily } from '../lib/user-agent.ts'
import type { CompiledGateway } from './compiled.ts'
import type { Ending, Journey } from './journey.ts'
import { declaredBytes, type Passage } from './passage.ts'

/** The most characters that `reported` may take of a point's 16 KB. */
const REPORTED_CHARACTERS = 1024

/** Writes down one decision. Personal data becomes a pseudonym or a network here, and leaves no other way. */
export function recordOf(gateway: CompiledGateway, journey: Journey, { response, verdict, reason, policy }: Ending): DecisionRecord {
  const { passage, route, arrival, trace, originMs, reportedLate } = journey
  const { headers, ports, edge, principal } = passage
  const reported = route.hasReporting || trace.failed ? trace.reported() : ''
  return {
    zone: passage.zone,
    host: passage.zone === gateway.nowhere.name ? '-' : passage.url.host,
    route: arrival.unlisted === undefined ? route.facts.key : `${route.facts.key} ${arrival.unlisted}`,
    method: knownMethod(passage.method),
    decision: verdict,
    reason,
    policy,
    reported: (reportedLate.length === 0 ? reported : [reported, ...reportedLate].join(' ').trim()).slice(0, REPORTED_CHARACTERS),
    status: response.status,
    country: edge.country ?? '',
    asn: edge.asn === undefined || edge.asn === null ? '' : String(edge.asn),
    location: edge.colo ?? '',
    clientIp: recordedAddress(passage, gateway.record.clientIp),
    principal: principal === undefined ? '' : ports.pseudonym(principal.id),
    credential: principal?.credentialId === undefined ? '' : ports.pseudonym(principal.credentialId),
    level: principal?.level ?? '',
    userAgent: userAgentFamily(headers.get('user-agent')),
    policyHash: gateway.policyHash,
    requestId: passage.requestId,
    totalMs: ports.clock.now() - passage.receivedAt,
    originMs,
    requestBytes: passage.body.declaredBytes,
    responseBytes: declaredBytes(response.headers),
    objectCalls: passage.meter.objectCalls,
  }
}

function recordedAddress({ caller, ports }: Passage, how: 'hmac' | 'truncate'): string {
  if (caller.kind === 'worker') return `worker:${caller.zone.slice(0, 64)}`
  if (caller.kind === 'unknown') return ''
  return how === 'hmac' ? ports.pseudonym(caller.ip) : (networkOf(caller.ip, 24, 48) ?? '')
}

/** The methods that are recorded by name: a client chooses the others, and must not choose how many values a column has. */
const RECORDED_METHODS: ReadonlySet<string> = new Set([...METHODS, 'HEAD'])

function knownMethod(method: string): string {
  return RECORDED_METHODS.has(method) ? method : 'other'
}
