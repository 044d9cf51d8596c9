import { ORIGIN } from '../scenario.ts'

/** Reads the body as text, parses it and forwards it: what any check of a body costs before it has checked anything. */
export default {
  async fetch(request: Request): Promise<Response> {
    const { url, method, headers } = request
    const body = await request.text()
    JSON.parse(body)
    return fetch(ORIGIN + url.slice(url.indexOf('/', 8)), { method, headers, body })
  },
}
