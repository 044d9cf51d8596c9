import type { Batch } from '../audit/batch.ts'
import { TRAIL_MEDIA_TYPE } from '../audit/export.ts'
import type { AuditSink } from '../audit/settings.ts'
import type { Fetcher } from '../core/ports.ts'
import { needSecret } from './read-secret.ts'

/** A sink that has not answered by then has failed. */
export const SINK_TIMEOUT_MS = 30_000
const DIGITS = 12

/** What sending needs from outside. */
export interface SinkSurroundings {
  readonly bindings: Readonly<Record<string, unknown>>
  readonly network: Fetcher
  /** Has something done after so long. @returns what takes it back: a timer that goes on would keep the object awake. */
  readonly timer: (ms: number, run: () => void) => () => void
}

/** @returns the name of a batch: the same however often it is sent, in the order of the chain, and no other chain's. */
export function batchName({ chain, firstSeq, lastSeq }: Batch): string {
  const padded = (seq: number) => String(seq).padStart(DIGITS, '0')
  return `audit/${chain}/${padded(firstSeq)}-${padded(lastSeq)}.ndjson`
}

/**
 * Sends a batch. When it resolves the sink has it.
 * @throws {SinkFailure} whose message holds no more of the sink's address than its host: path and query may be secrets.
 */
export async function send(batch: Batch, sink: AuditSink, surroundings: SinkSurroundings): Promise<void> {
  if ('bucket' in sink) await put(batch, sink.bucket, surroundings)
  else await post(batch, sink, surroundings)
}

/** Why a sink does not have a batch. */
export class SinkFailure extends Error {
  override readonly name = 'SinkFailure'
}

async function put(batch: Batch, bucket: string, { bindings }: SinkSurroundings): Promise<void> {
  const bound = bindings[bucket] as R2Bucket | undefined
  if (typeof bound?.put !== 'function') throw new SinkFailure(`no R2 bucket is bound as ${bucket}`)
  // What is there already is this batch, whose answer was lost. Nothing that was exported is ever replaced.
  const name = batchName(batch)
  try {
    const put = await bound.put(name, batch.text, { onlyIf: { etagDoesNotMatch: '*' }, httpMetadata: { contentType: TRAIL_MEDIA_TYPE } })
    if (put !== null) return
    const there = await (await bound.get(name))?.text()
    // The trail was changed, or is older than the bucket: what comes after it goes out all the same, or whoever did it could hide more.
    if (there !== undefined && entriesOf(there) !== entriesOf(batch.text)) {
      console.error(JSON.stringify({ reason: 'audit.sink', detail: `bucket ${bucket} has other entries ${batch.firstSeq} to ${batch.lastSeq} of this chain` }))
    }
  } catch (error) {
    throw new SinkFailure(`bucket ${bucket}: ${nameOf(error)}`)
  }
}

/** Keys may have come since. */
function entriesOf(text: string): string {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{"entry":'))
    .join('\n')
}

async function post(batch: Batch, sink: Exclude<AuditSink, { readonly bucket: string }>, surroundings: SinkSurroundings): Promise<void> {
  const { bindings, network, timer } = surroundings
  const { host } = new URL(sink.url)
  const fetcher = 'service' in sink ? (bindings[sink.service] as Fetcher | undefined) : network
  if (fetcher === undefined) throw new SinkFailure(`no service is bound as ${'service' in sink ? sink.service : ''}`)
  const token = sink.token === undefined ? undefined : await needSecret(bindings, sink.token)
  const headers = {
    'content-type': TRAIL_MEDIA_TYPE,
    'idempotency-key': `"${batchName(batch)}"`,
    'portcullis-audit-chain': batch.chain,
    'portcullis-audit-first': String(batch.firstSeq),
    'portcullis-audit-last': String(batch.lastSeq),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  }
  const patience = new AbortController()
  const cancel = timer(SINK_TIMEOUT_MS, () => patience.abort(new DOMException('no answer in time', 'TimeoutError')))
  let response: Response
  try {
    response = await fetcher.fetch(sink.url, { method: 'POST', headers, body: batch.text, redirect: 'manual', signal: patience.signal })
    await response.body?.cancel()
  } catch (error) {
    throw new SinkFailure(`${host}: ${nameOf(error)}`)
  } finally {
    cancel()
  }
  if (!response.ok) throw new SinkFailure(`${host} answered ${response.status}`)
}

/** The message of an error may repeat the address. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'an error'
}
