import { definePolicy } from '../../core/policy.ts'
import { hstsValue, presetCsp, presetHeaders } from './presets.ts'
import { type SecurityHeadersSettings, securityHeadersSettings } from './settings.ts'
import { STRIPPED } from './strip.ts'

const CSP = 'content-security-policy'
const HSTS = 'strict-transport-security'

/** Settings that only a page has a use for. */
const WEB_ONLY = ['crossOriginOpenerPolicy', 'crossOriginEmbedderPolicy', 'permissionsPolicy'] as const

/** Without these a client cannot read the response at all. */
const NEEDED = new Set(['content-type', 'content-length', 'content-encoding', 'content-range', 'transfer-encoding', 'location', 'vary', 'cache-control'])

/** The constant headers of every response: `null` removes. */
function constantHeaders(settings: SecurityHeadersSettings): Record<string, string | null> {
  const kept = new Set(settings.keep)
  const stripped = [...STRIPPED, ...settings.strip].filter((name) => !kept.has(name))
  return {
    ...Object.fromEntries(stripped.map((name) => [name, null])),
    ...presetHeaders(settings),
    ...(settings.csp !== 'from-origin' && { [CSP]: settings.csp ?? presetCsp(settings) }),
    [HSTS]: hstsValue(settings.hsts),
  }
}

/** Sets the headers that make browsers careful, and removes those that tell strangers what runs behind the gateway. */
export const securityHeaders = definePolicy({
  name: 'security-headers',
  stage: 'finish',
  single: true,
  settings: securityHeadersSettings,

  check(settings, path, problems) {
    const { preset, hsts, strip, keep } = settings
    if (hsts.preload && !hsts.includeSubDomains) {
      problems.add([...path, 'hsts', 'preload'], {
        found: 'preload without includeSubDomains',
        expected: 'both, or no preload',
        fix: 'browsers take no host into their lists without its subdomains: set includeSubDomains, or leave out preload',
      })
    }
    for (const name of WEB_ONLY) {
      if (preset !== 'api' || settings[name] === undefined) continue
      problems.add([...path, name], { found: `${name} with the preset api`, expected: 'no such setting', fix: "remove it, or set preset: 'web'" })
    }
    const own = constantHeaders({ ...settings, strip: [], keep: [] })
    for (const [i, name] of strip.entries()) {
      if (typeof own[name] !== 'string' && name !== CSP && !NEEDED.has(name)) continue
      problems.add([...path, 'strip', i], {
        found: `${name}, which responses need`,
        expected: 'a header that clients can do without',
        fix: 'remove it from strip; what this control sets is changed by its own settings',
      })
    }
    for (const [i, name] of keep.entries()) {
      if (STRIPPED.has(name) && !strip.includes(name)) continue
      problems.add([...path, 'keep', i], {
        found: `${name}, which is not removed${strip.includes(name) ? ' by the built-in list but by strip' : ''}`,
        expected: 'a header of the built-in list',
        fix: 'remove it from keep, or correct its name',
      })
    }
  },

  compile(settings) {
    const csp = settings.csp === 'from-origin' ? presetCsp(settings) : undefined
    return {
      responseHeaders: constantHeaders(settings),
      finish(headers, x) {
        // RFC 6797 §7.2: never over plain http, where anybody could have set it.
        if (x.url.scheme !== 'https') headers.delete(HSTS)
        if (csp !== undefined && !headers.has(CSP)) headers.set(CSP, csp)
      },
    }
  },
})
