import type { AdminTools } from './tools.ts'

/** What the rooms of keys, limits and audit give the admin API. */
export const ROOMS: AdminTools = {
  mintKey: () => absent('src/keys'),
  mintSecret: () => absent('src/keys'),
  counterOf: () => absent('src/policies/rate-limit'),
  exportText: () => absent('src/audit'),
}

/** Until these rooms are built, what needs them is 503. */
function absent(room: string): never {
  throw new Error(`${room} is not there yet`)
}
