import type * as v from 'valibot'
import type { Exchange } from '../core/exchange.ts'
import type { MountFacts } from '../gateway/mount.ts'
import type { Role } from './role.ts'

/** What operations know of the gateway that they change. */
export interface AdminFacts extends MountFacts {
  /** The OpenAPI document of all operations, as JSON. */
  document(): string
}

/** One call of an operation by somebody who may, with everything of it found sound. */
export interface Call<B = unknown, Q = unknown> {
  readonly x: Exchange
  readonly facts: AdminFacts
  readonly params: Readonly<Record<string, string>>
  readonly query: Q
  readonly body: B
  readonly role: Role
  /** Who is calling, in words, for people. */
  readonly by: string
}

/** What a reading operation answers instead of JSON. */
export interface TextAnswer {
  readonly text: string
  readonly headers?: Readonly<Record<string, string>>
}

/** An action before it is done: what it is about, and how to do it. */
export interface Prepared {
  /** A code or a pseudonym. */
  readonly target: string
  /** Facts that are nobody's. */
  readonly facts?: Readonly<Record<string, string | number | boolean>>
  /** Facts that are somebody's. */
  readonly personal?: Readonly<Record<string, string>>
  /**
   * Does it. The same again, with the same seed, must change nothing more. @param again it may have been done before.
   * @returns what is answered, and what is kept of it for whoever asks again, where that is less.
   */
  apply(seed: string, again: boolean): Promise<{ readonly answer: unknown; readonly kept?: unknown }>
  /** @returns the answer again, of what was kept. Absent where all of it was kept. */
  again?(kept: unknown, seed: string): unknown
}

interface OperationBase {
  /** Without the mount’s path; parameters stand in braces. */
  readonly path: `/${string}`
  /** The `operationId` of the document. */
  readonly id: string
  readonly role: Role
  readonly summary: string
  readonly params?: v.GenericSchema<unknown, Record<string, string>>
  readonly query?: v.GenericSchema
  /** Of what is answered. */
  readonly answer: v.GenericSchema
}

/** An operation that changes nothing. */
export interface Reading extends OperationBase {
  readonly kind: 'reading'
  readonly method: 'GET'
  /** Of a {@link TextAnswer}. Default: JSON. */
  readonly mediaType?: string
  read(call: Call): unknown
}

/** An operation that changes something. */
export interface Change extends OperationBase {
  readonly kind: 'change'
  readonly method: 'POST' | 'DELETE'
  readonly status: 200 | 201
  /** The type of its audit events. */
  readonly type: `admin.${string}`
  readonly body?: v.GenericSchema
  /** Finds what cannot be done before anything is written down. @throws {Refusal} */
  prepare(call: Call): Prepared | Promise<Prepared>
}

/** One line of the table that routes and document are made from. */
export type Operation = Reading | Change

type Output<S> = S extends v.GenericSchema ? v.InferOutput<S> : undefined

/** Writes a reading operation; its handler is typed by its schemas. */
export function reading<const Q extends v.GenericSchema | undefined = undefined>(
  operation: Omit<Reading, 'kind' | 'method' | 'query' | 'read'> & { readonly query?: Q; read(call: Call<undefined, Output<Q>>): unknown },
): Operation {
  return { kind: 'reading', method: 'GET', ...operation } as Operation
}

/** Writes a changing operation; its handler is typed by its schemas. */
export function change<const B extends v.GenericSchema | undefined = undefined>(
  operation: Omit<Change, 'kind' | 'body' | 'prepare'> & { readonly body?: B; prepare(call: Call<Output<B>>): Prepared | Promise<Prepared> },
): Operation {
  return { kind: 'change', ...operation } as Operation
}
