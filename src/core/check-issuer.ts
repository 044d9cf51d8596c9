import { isIssuerUrl } from './discovery.ts'
import type { Path, Problems } from './problems.ts'
import { shown } from './shown.ts'

/** Adds what is wrong with an issuer whose own configuration is to name an address. `path`: of the control's settings. `what`: the address, and the setting that may name it instead. */
export function checkDiscoveredIssuer(issuer: string, what: 'key set' | 'endpoint', path: Path, problems: Problems): void {
  if (isIssuerUrl(issuer)) return
  problems.add([...path, 'issuer'], {
    found: shown(issuer),
    expected: 'an https URL, for discovery: without user information, query and fragment',
    fix: `write the issuer as its configuration document has it, or name the ${what} by url`,
  })
}
