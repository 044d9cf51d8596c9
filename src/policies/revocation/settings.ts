import * as v from 'valibot'
import { stalenessEntries } from '../../core/staleness-settings.ts'

/** The settings of `revocation`. */
export const REVOCATION_SETTINGS = v.strictObject(stalenessEntries('a revocation'))
