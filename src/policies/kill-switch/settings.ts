import * as v from 'valibot'
import { stalenessEntries } from '../../core/staleness-settings.ts'

/** The settings of `kill-switch`. */
export const KILL_SWITCH_SETTINGS = v.strictObject(stalenessEntries('a kill switch'))
