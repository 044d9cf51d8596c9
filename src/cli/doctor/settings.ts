import type { WranglerConfig } from '../wrangler-config.ts'
import { type Finding, finding } from './finding.ts'

/** What the product is tested with. `test/cli/doctor.test.ts` holds it beside the shipped wrangler.toml. */
export const PRODUCT_COMPATIBILITY_DATE = '2026-10-01'
/** Below that, a request with a signature and a large body may not come to its end. */
const LOW_CPU_MS = 50

/** What single settings of wrangler.toml open, break or show. */
export function settingFindings(config: WranglerConfig, now: Date): readonly Finding[] {
  return [...doorFindings(config), ...dateFindings(config, now), ...logFindings(config), ...bypassFindings(config), ...cpuFindings(config)]
}

function doorFindings({ workers_dev, preview_urls }: WranglerConfig): readonly Finding[] {
  const why = "It is a second door: the zone's WAF rules, access rules and client certificates do not stand before it."
  return [
    ...(workers_dev === false
      ? []
      : [finding('problem', 'workers-dev', workers_dev === true ? 'workers_dev = true' : 'workers_dev is not set', why, 'workers_dev = false')]),
    ...(preview_urls === false
      ? []
      : [finding('problem', 'preview-urls', preview_urls === true ? 'preview_urls = true' : 'preview_urls is not set', why, 'preview_urls = false')]),
  ]
}

function dateFindings({ compatibility_date: date, compatibility_flags: flags = [] }: WranglerConfig, now: Date): readonly Finding[] {
  const why = `The gateway is tested with the runtime of ${PRODUCT_COMPATIBILITY_DATE}; an older one behaves otherwise.`
  const fix = `compatibility_date = "${PRODUCT_COMPATIBILITY_DATE}"`
  return [
    ...(date === undefined ? [finding('problem', 'compatibility-date', 'compatibility_date is not set', why, fix)] : []),
    ...(date !== undefined && date < PRODUCT_COMPATIBILITY_DATE ? [finding('problem', 'compatibility-date', `compatibility_date = "${date}"`, why, fix)] : []),
    ...(date !== undefined && date > now.toISOString().slice(0, 10)
      ? [finding('problem', 'compatibility-date-future', `compatibility_date = "${date}"`, 'It is in the future: the deployment is refused.', fix)]
      : []),
    ...(flags.includes('enable_request_signal')
      ? []
      : [
          finding(
            'warning',
            'request-signal',
            'the flag enable_request_signal is not set',
            'The gateway does not hear of clients that go away: limits of concurrency hold their slots.',
            'compatibility_flags = ["enable_request_signal"]',
          ),
        ]),
  ]
}

function logFindings({ observability, logpush, tail_consumers = [] }: WranglerConfig): readonly Finding[] {
  const why = 'They hold URLs and headers, and those hold personal data and, where a client is careless, secrets.'
  const { enabled = false, logs, traces } = observability ?? {}
  const isLogging = logs?.enabled ?? enabled
  return [
    ...(isLogging && logs?.invocation_logs !== false
      ? [finding('problem', 'invocation-logs', 'invocation logs are on', why, '[observability.logs] invocation_logs = false')]
      : []),
    ...(isLogging
      ? []
      : [
          finding(
            'warning',
            'no-logs',
            'logs are off',
            'What the gateway cannot do (a missing binding, an outage) is told in the log alone.',
            '[observability] enabled = true, with [observability.logs] invocation_logs = false',
          ),
        ]),
    ...(traces?.enabled === true ? [finding('warning', 'traces', 'traces are on', why, '[observability.traces] enabled = false')] : []),
    ...(logpush === true ? [finding('warning', 'logpush', 'logpush = true', why, 'logpush = false, or filter URL and headers in the job')] : []),
    ...tail_consumers.map(({ service }) =>
      finding('warning', 'tail-consumer', `${service} gets every request's events`, why, 'make sure that it keeps no URL and no header, or take it out'),
    ),
  ]
}

function bypassFindings({ cache, exports = {}, assets }: WranglerConfig): readonly Finding[] {
  const cached = Object.entries(exports).filter(([, { type, cache }]) => type === 'worker' && cache?.enabled === true)
  return [
    ...(cache?.enabled === true || cached.some(([name]) => name === 'default')
      ? [
          finding(
            'problem',
            'cache',
            'a cache stands before the Worker',
            'It answers before the gateway has decided, and gives one caller what is another’s.',
            'take cache.enabled out',
          ),
        ]
      : []),
    ...(assets?.directory !== undefined && assets.run_worker_first !== true
      ? [
          finding(
            'problem',
            'assets',
            'static assets are served before the Worker',
            'What is there is given to anybody, past every control.',
            'take [assets] out, or set run_worker_first = true',
          ),
        ]
      : []),
  ]
}

function cpuFindings({ limits }: WranglerConfig): readonly Finding[] {
  const { cpu_ms: ms } = limits ?? {}
  if (ms === undefined)
    return [finding('note', 'cpu-limit', 'limits.cpu_ms is not set', 'One request may use 30 s of CPU, which you pay for.', '[limits] cpu_ms = 1000')]
  if (ms >= LOW_CPU_MS) return []
  return [
    finding('warning', 'cpu-limit', `limits.cpu_ms = ${ms}`, 'Requests with signatures and large bodies are ended in the middle.', '[limits] cpu_ms = 1000'),
  ]
}
