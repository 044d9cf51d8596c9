import type { Recorder } from '../core/ports.ts'
import { type DecisionRecord, RECORD_BLOBS, RECORD_DOUBLES, RECORD_VERSION } from '../core/record.ts'
import type { DecisionLog } from './decision-log.ts'

/** The longest index that Analytics Engine takes, in bytes. Zone names are shorter. */
const INDEX_BYTES = 96

/** Writes one Analytics Engine point a request: it does not block, and nobody waits for it. */
export function analyticsRecorder(dataset: AnalyticsEngineDataset): Recorder {
  return { record: (record) => dataset.writeDataPoint(pointOf(record)) }
}

/** @returns the point for a record: columns as `docs/analytics.md` lists them. */
export function pointOf(record: DecisionRecord): AnalyticsEngineDataPoint {
  return {
    indexes: [record.zone.slice(0, INDEX_BYTES)],
    blobs: [RECORD_VERSION, ...RECORD_BLOBS.map((name) => String(record[name]))],
    doubles: RECORD_DOUBLES.map((name) => record[name]),
  }
}

/** Keeps the same columns, and the request's trace, in a Durable Object that can be read again at once. */
export function logRecorder(namespace: DurableObjectNamespace<DecisionLog>): Recorder {
  return {
    record(record, trace, background) {
      background.waitUntil(append(namespace, JSON.stringify(record), JSON.stringify(trace())))
    },
  }
}

async function append(namespace: DurableObjectNamespace<DecisionLog>, record: string, trace: string): Promise<void> {
  await namespace.getByName('decisions').append(record, trace)
}

/** Says on the Worker's log what broke, for whoever has to mend it: the reason and the trace, never a header, a URL or a body. */
export const faultLog: Recorder = {
  record({ decision, reason, zone, route, requestId }, trace) {
    if (decision === 'error') console.error(JSON.stringify({ reason, zone, route, requestId, trace: trace() }))
  },
}

/** Several recorders as one. A recorder that fails neither stops the others nor the request. */
export function everyRecorder(recorders: readonly Recorder[]): Recorder {
  return {
    record(record, trace, background) {
      for (const recorder of recorders) {
        try {
          recorder.record(record, trace, background)
        } catch (error) {
          console.error(JSON.stringify({ reason: 'recorder.error', requestId: record.requestId, error: String(error) }))
        }
      }
    },
  }
}
