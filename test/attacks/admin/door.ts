import { expect } from 'vitest'
import { PRODUCT_SECRETS } from '../../workerd/product.ts'
import { type RawResponse, rawRequest, rawText } from '../../workerd/raw.ts'
import { BINDINGS, type Claims, type FrontDoor, goodClaims, type Outcome, openFrontDoor } from '../front-door.ts'
import type { GATEWAYS } from './gateways.ts'
import type { Rooms } from './worker.ts'

/** The bootstrap token of these gateways. */
export const ADMIN_TOKEN: string = PRODUCT_SECRETS.ADMIN_TOKEN

/** Where the admin API is. */
export const ADMIN = '/_portcullis/admin'

/** A front door with an admin API behind it. */
export interface AdminDoor extends FrontDoor {
  /** What operators have done so far. */
  rooms(): Promise<Rooms>
  /** A token of somebody in these groups. */
  token(groups: unknown, claims?: Claims): Promise<string>
}

/** Opens the front door of one of the gateways. */
export async function openAdminDoor(variant: keyof typeof GATEWAYS): Promise<AdminDoor> {
  const vars = { ...BINDINGS.vars, VARIANT: variant }
  const door = await openFrontDoor({ ...BINDINGS, vars }, 'test/attacks/admin/wrangler.toml')
  return {
    ...door,
    async rooms() {
      const { body } = await rawRequest(door.server.port, rawText('GET', '/', { Host: 'rooms.test' }))
      return JSON.parse(body) as Rooms
    },
    token: (groups, claims = {}) => door.one.token({ ...goodClaims(), aud: 'https://admin.example.com', sub: 'grace', groups, ...claims }),
  }
}

/** What a caller can tell of an answer, but for what is another in each. */
export function seen({ status, headers, body }: RawResponse): unknown {
  const id = headers['x-request-id'] ?? ''
  const { date: _, ...rest } = headers
  const fixed = Object.entries(rest).map(([name, value]) => [name, value?.replaceAll(id, 'ID').replace(/;r=\d+/, ';r=N')])
  return { status, headers: fixed, body: body.replaceAll(id, 'ID') }
}

/** The headers of an operator who changes something. */
export function changing(token: string, key: string): Record<string, string> {
  return { Host: 'api.example.com', Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', 'Idempotency-Key': key }
}

/** An attack that the door refused: nobody heard of it, and it looks like a path that is not there. */
export function expectUnseen(outcome: Outcome, unlisted: Outcome, reason: RegExp): void {
  expect(outcome.said).toMatch(reason)
  expect(seen(outcome.response)).toEqual(seen(unlisted.response))
  expect(outcome.received).toEqual([])
}
