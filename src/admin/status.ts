import * as v from 'valibot'
import { keyFamiliesOf, limitsOf } from './named.ts'
import { type Operation, reading } from './operation.ts'
import { ROLES } from './role.ts'
import { TIME_ANSWER, timeOf } from './schema.ts'

/** What there is, and how it stands. */
export const STATUS_OPERATIONS: readonly Operation[] = [
  reading({
    path: '/openapi.json',
    id: 'getDocument',
    role: 'viewer',
    summary: 'Describes this API (OpenAPI 3.1).',
    answer: v.looseObject({ openapi: v.string() }),
    read: ({ facts }) => ({ text: facts.document() }),
  }),

  reading({
    path: '/status',
    id: 'getStatus',
    role: 'viewer',
    summary: 'Says what this gateway runs, who is asking, and how the audit trail stands.',
    answer: v.strictObject({
      time: TIME_ANSWER,
      policyHash: v.string(),
      role: v.picklist(ROLES),
      zones: v.array(v.strictObject({ name: v.string(), hosts: v.array(v.string()), routes: v.array(v.string()), limits: v.array(v.string()) })),
      audit: v.strictObject({
        lastSeq: v.number(),
        lastHash: v.string(),
        signedSeq: v.number(),
        exportedSeq: v.number(),
        exportError: v.exactOptional(v.string()),
        signingError: v.exactOptional(v.string()),
      }),
      keys: v.array(v.strictObject({ prefix: v.string(), environment: v.string() })),
    }),
    async read({ x, facts, role }) {
      const { lastSeq, lastHash, signedSeq, exportedSeq, exportError, signingError } = await x.ports.audit.status()
      return {
        time: timeOf(x.ports.clock.now()),
        policyHash: facts.policyHash,
        role,
        zones: facts.zones.map(({ name, hosts, routes }) => ({ name, hosts, routes, limits: limitsOf(facts, name) })),
        audit: {
          lastSeq,
          lastHash,
          signedSeq,
          exportedSeq,
          ...(exportError !== undefined && { exportError }),
          ...(signingError !== undefined && { signingError }),
        },
        keys: keyFamiliesOf(facts).map(({ prefix, environment }) => ({ prefix, environment })),
      }
    },
  }),
]
