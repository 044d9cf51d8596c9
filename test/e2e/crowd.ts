/** How many requests ended with each status: every one is in it. */
export type Statuses = Readonly<Record<number, number>>

/**
 * Sends requests from several clients at once, each the next as soon as its last is answered.
 * @param send sends the n-th request, from 0.
 */
export async function crowd(requests: number, send: (n: number) => Promise<{ readonly status: number }>, clients = 8): Promise<Statuses> {
  const statuses: Record<number, number> = {}
  let next = 0
  const client = async () => {
    while (next < requests) {
      const { status } = await send(next++)
      statuses[status] = (statuses[status] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: Math.min(clients, requests) }, client))
  return statuses
}
