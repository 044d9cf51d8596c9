import type { Access } from './access.ts'

/** What the routes module says of one operation. */
export interface RouteFacts {
  readonly key: string
  readonly summary?: string
  readonly isDeprecated: boolean
  readonly access: Access
  /** Names of its limits. */
  readonly limits: readonly string[]
}
