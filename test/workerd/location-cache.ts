/**
 * What stands behind the Cache API of a location: a Worker that keeps what was put, by cache and URL, as long as the server runs. workerd asks it as it asks the real one:
 * `GET` for what is there, `PUT` with a whole HTTP response as the body, `PURGE` to forget. It forgets nothing by itself: what a copy is worth must stand in the copy.
 */
export const LOCATION_CACHE = `
const kept = new Map()
export default {
  async fetch(request) {
    const key = (request.headers.get('cf-cache-namespace') ?? '') + ' ' + request.url
    if (request.method === 'PUT') {
      const text = await request.text()
      const end = text.indexOf('\\r\\n\\r\\n')
      kept.set(key, text.slice(end + 4))
      return new Response(null, { status: 204 })
    }
    if (request.method === 'PURGE') return new Response(null, { status: kept.delete(key) ? 200 : 404 })
    const found = kept.get(key)
    return found === undefined
      ? new Response(null, { status: 504, headers: { 'cf-cache-status': 'MISS' } })
      : new Response(found, { headers: { 'cf-cache-status': 'HIT' } })
  },
}
`
