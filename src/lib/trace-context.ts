const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/

/**
 * Continues a caller's trace, or begins one (W3C Trace Context §3.2). The caller's `tracestate` is not ours to trust: it is not continued.
 * @param incoming the request's `traceparent`.
 * @param requestId a UUID: a new trace takes its id from it.
 * @param spanId a UUID: its last 16 hex digits name our span.
 */
export function traceparent(incoming: string | null, requestId: string, spanId: string): string {
  const span = spanId.replaceAll('-', '').slice(-16)
  const found = incoming === null ? null : TRACEPARENT.exec(incoming)
  return found === null ? `00-${requestId.replaceAll('-', '')}-${span}-00` : `00-${found[1]}-${span}-${found[2]}`
}
