import { skip } from '../../core/decision.ts'
import { definePolicy } from '../../core/policy.ts'
import { nobodySettings } from './settings.ts'

/** Nobody knows yet which scheme it will be; RFC 9110 §15.5.2 wants one in a 401, and this is the one that the most clients know. */
const NOBODY = Object.freeze(skip({ scheme: 'Bearer' }))

/** An authenticator that knows nobody: alone it answers 401 whatever is sent. It stands where it is not decided yet who may call. */
export const nobody = definePolicy({
  name: 'nobody',
  stage: 'authenticate',
  settings: nobodySettings,
  compile: () => ({ request: () => NOBODY }),
})
