import { deny, pass } from '../../core/decision.ts'
import { definePolicy } from '../../core/policy.ts'
import { ipListSettings } from './settings.ts'

const NO_ADDRESS = deny(403, 'ip-list.no-address')
const DENIED = deny(403, 'ip-list.denied')
const NOT_ALLOWED = deny(403, 'ip-list.not-allowed')
const WORKER = deny(403, 'ip-list.worker')

/** Lets requests pass by the client's address. Every zone has one: without lists it still refuses callers without an address, and Workers. */
export const ipList = definePolicy({
  name: 'ip-list',
  stage: 'access',
  settings: ipListSettings,
  compile({ allow, deny: refused, workers }) {
    const workerZones = new Set(workers === 'deny' ? [] : workers)
    return {
      request({ caller }) {
        if (caller.kind === 'worker') return workerZones.has(caller.zone) ? pass() : WORKER
        if (caller.kind === 'unknown') return NO_ADDRESS
        // Only a plain yes or no counts: what is no address is in no list, hence refused by both.
        if (refused !== undefined) {
          const found = refused.has(caller.ip)
          if (found !== false) return found === undefined ? NO_ADDRESS : DENIED
        }
        if (allow !== undefined) {
          const found = allow.has(caller.ip)
          if (found !== true) return found === undefined ? NO_ADDRESS : NOT_ALLOWED
        }
        return pass()
      },
    }
  },
})
