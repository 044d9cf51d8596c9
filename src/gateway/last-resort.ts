import type { Background, Ports } from '../core/ports.ts'
import { PROBLEM_MEDIA_TYPE, problemDocument } from '../core/problem.ts'
import type { DecisionRecord } from '../core/record.ts'
import type { CompiledGateway } from './compiled.ts'

/** Answers when the gateway itself broke outside every control: a 500 that says nothing, and a recorded decision that says why. Nothing was forwarded that was not authorised. */
export function lastResort(gateway: CompiledGateway, ports: Ports | undefined, background: Background, error: unknown): Response {
  const requestId = crypto.randomUUID()
  const detail = String(error)
  const record = () => [{ policy: 'gateway', stage: '-', mode: 'enforce', outcome: 'error', detail } as const]
  if (ports === undefined) console.error(JSON.stringify({ reason: 'gateway.internal', requestId, detail }))
  else ports.recorder.record({ ...NOTHING_KNOWN, policyHash: gateway.policyHash, requestId }, record, background)
  return new Response(problemDocument(500, requestId), {
    status: 500,
    headers: { 'content-type': PROBLEM_MEDIA_TYPE, 'cache-control': 'no-store', 'x-request-id': requestId },
  })
}

const NOTHING_KNOWN: Omit<DecisionRecord, 'policyHash' | 'requestId'> = {
  zone: '-',
  host: '-',
  route: '-',
  method: 'other',
  decision: 'error',
  reason: 'gateway.internal',
  policy: '',
  reported: '',
  status: 500,
  country: '',
  asn: '',
  location: '',
  clientIp: '',
  principal: '',
  credential: '',
  level: '',
  userAgent: 'none',
  totalMs: -1,
  originMs: -1,
  requestBytes: -1,
  responseBytes: -1,
  objectCalls: 0,
}
