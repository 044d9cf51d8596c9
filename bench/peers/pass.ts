import { ORIGIN } from '../scenario.ts'

/** Forwards, and does nothing else: what any gateway on Workers costs at the least. */
export default {
  fetch(request: Request): Promise<Response> {
    const { url } = request
    return fetch(ORIGIN + url.slice(url.indexOf('/', 8)), request)
  },
}
