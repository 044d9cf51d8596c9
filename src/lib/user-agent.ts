/** Product tokens by which clients are told apart, most telling first: browsers name each other, so their order matters. */
const FAMILIES: readonly (readonly [family: string, token: RegExp])[] = [
  ['bot', /bot\b|crawler|spider|slurp/i],
  ['edge', /\bEdgA?\//],
  ['opera', /\bOPR\//],
  ['firefox', /\bFirefox\//],
  ['chrome', /\bChrom(?:e|ium)\//],
  ['safari', /\bSafari\//],
  ['curl', /^curl\//],
  ['wget', /^Wget\//],
  ['python', /^python-|^Python\/|aiohttp|httpx/],
  ['go', /^Go-http-client\//],
  ['java', /^Java\/|okhttp|Apache-HttpClient/],
  ['node', /^node|^undici|axios|got \(/],
  ['postman', /^PostmanRuntime\//],
  ['dotnet', /^\.NET|RestSharp/],
  ['ruby', /^Ruby|Faraday/],
  ['php', /^GuzzleHttp|^PHP/],
]

/** What is read of a header that a client may make as long as it likes. */
const READ_CHARACTERS = 256

/** @returns a family out of a short fixed list, so that a column of it has few values; `none` without a header, `other` for the rest. */
export function userAgentFamily(header: string | null): string {
  if (header === null || header === '') return 'none'
  const text = header.slice(0, READ_CHARACTERS)
  for (const [family, token] of FAMILIES) if (token.test(text)) return family
  return 'other'
}
