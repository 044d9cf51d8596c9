import { HOST } from './scenario.ts'

/** @returns an order of about as many bytes. */
export function orderOf(bytes: number): string {
  const lines: unknown[] = []
  for (let n = 0; ; n++) {
    lines.push({ article: `AB-${1000 + n}`, name: `Article ${n}`, quantity: 1 + (n % 9), price: 12.5 + n, discount: null, tags: ['new', 'blue'] })
    const text = JSON.stringify({ customer: 'customer-42', currency: 'EUR', placedAt: '2026-01-01T12:00:00Z', note: 'at the door', lines })
    if (text.length >= bytes) return text
  }
}

/** Writes a request with a JSON body as it stands on the wire, as the edge would hand it to a Worker. */
export function post(target: string, body: string): string {
  const fields = {
    Host: HOST,
    'User-Agent': 'bench',
    Accept: '*/*',
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
    'CF-Connecting-IP': '198.51.100.1',
    'portcullis-proto': 'https',
    'portcullis-cf': JSON.stringify({ country: 'SE', tlsVersion: 'TLSv1.3' }),
  }
  return `POST ${target} HTTP/1.1\r\n${Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n${body}`
}
