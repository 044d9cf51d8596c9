import * as v from 'valibot'
import type { AuditEvent } from '../core/audit.ts'

/** The longest type of an event, in UTF-16 code units, as all lengths here. */
export const MAX_TYPE_LENGTH = 64
/** The longest actor and target. */
export const MAX_NAME_LENGTH = 256
/** The longest outcome. */
export const MAX_OUTCOME_LENGTH = 128
/** The most facts of an event, and the most personal ones. */
export const MAX_FACTS = 20
/** The longest fact. */
export const MAX_FACT_LENGTH = 256
/** The longest personal fact. */
export const MAX_PERSONAL_LENGTH = 1024

/** The first is a letter, so that an object keeps the order in which its members are written. */
const FACT_NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/

/** What an event may hold: everything in it has a bound. */
export const EVENT = v.object({
  type: v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_TYPE_LENGTH)),
  actor: v.pipe(v.string(), v.maxLength(MAX_NAME_LENGTH)),
  target: v.pipe(v.string(), v.maxLength(MAX_NAME_LENGTH)),
  outcome: v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_OUTCOME_LENGTH)),
  // By hand: a record leaves out names such as `constructor`, and nothing may be left out here.
  facts: v.custom<AuditEvent['facts']>((input) => isNamed(input, isFact)),
  personal: v.exactOptional(v.custom<NonNullable<AuditEvent['personal']>>((input) => isNamed(input, isPersonal))),
})

function isNamed(input: unknown, isValue: (value: unknown) => boolean): boolean {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return false
  const entries = Object.entries(input)
  return entries.length <= MAX_FACTS && entries.every(([name, value]) => FACT_NAME.test(name) && isValue(value))
}

/** Whether a value may be a fact. */
export function isFact(value: unknown): value is string | number | boolean {
  return typeof value === 'boolean' || (typeof value === 'number' ? Number.isFinite(value) : typeof value === 'string' && value.length <= MAX_FACT_LENGTH)
}

function isPersonal(value: unknown): boolean {
  return typeof value === 'string' && value.length <= MAX_PERSONAL_LENGTH
}
