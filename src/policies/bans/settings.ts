import * as v from 'valibot'
import { stalenessEntries } from '../../core/staleness-settings.ts'

/** The settings of `bans`. */
export const BANS_SETTINGS = v.strictObject(stalenessEntries('a ban'))
