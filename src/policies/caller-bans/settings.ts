import * as v from 'valibot'
import { stalenessEntries } from '../../core/staleness-settings.ts'

/** The settings of `caller-bans`. */
export const CALLER_BANS_SETTINGS = v.strictObject(stalenessEntries('a ban'))
