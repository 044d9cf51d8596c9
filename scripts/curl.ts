import type { Command, Stop } from './tour.ts'

/** Writes a stop of the tour as a command for a POSIX shell. `$TOKEN` holds the token. */
export function curl(stop: Stop, url: string, shows: 'response' | 'status' | 'body' = 'response'): string {
  const { method, path, headers = {}, body, token, key } = stop
  const isForm = headers['content-type'] === 'application/x-www-form-urlencoded'
  const parts = ['curl', { response: '-i', status: "-so /dev/null -w '%{http_code}\\n'", body: '-s' }[shows]]
  if (method !== 'GET' && !(method === 'POST' && body !== undefined)) parts.push('-X', method)
  parts.push(quoted(`${url}${path}`))
  if (token !== undefined) parts.push('-H', token === 'sound' ? '"Authorization: Bearer $TOKEN"' : '"Authorization: Bearer $TOKEN"forged')
  if (key) parts.push('-H', '"X-Api-Key: $KEY"')
  for (const [name, value] of Object.entries(headers)) if (!(isForm && name === 'content-type')) parts.push('-H', quoted(`${name}: ${value}`))
  if (body !== undefined) parts.push('-d', quoted(body))
  return parts.join(' ')
}

/** Spoils a token's signature, as {@link curl} does. */
export function forged(token: string): string {
  return `${token}forged`
}

function quoted(text: string): string {
  return /^[\w./:=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/** Writes a command of the tour for a POSIX shell. `$KEY` holds the key, whose third part is its id. */
export function portcullis({ args, gives, asks }: Command, port: number): string {
  const words = args.map((word) => ({ $KEY_ID: '"$(echo $KEY | cut -d_ -f3)"', $RULE: 'ID' })[word] ?? quoted(word))
  const command = ['npx portcullis', ...words, ...(asks === 'nobody' ? [] : ['--local', ...(port === 8787 ? [] : ['--port', `${port}`])])].join(' ')
  return gives === 'KEY' ? `KEY=$(${command})` : command
}
