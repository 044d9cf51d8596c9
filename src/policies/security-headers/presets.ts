import type { SecurityHeadersSettings } from './settings.ts'

/** Browser features that a page, and what it embeds, goes without. */
const FEATURES_OFF = [
  'accelerometer',
  'autoplay',
  'camera',
  'clipboard-read',
  'clipboard-write',
  'cross-origin-isolated',
  'display-capture',
  'encrypted-media',
  'fullscreen',
  'gamepad',
  'geolocation',
  'gyroscope',
  'hid',
  'idle-detection',
  'interest-cohort',
  'keyboard-map',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'picture-in-picture',
  'publickey-credentials-get',
  'screen-wake-lock',
  'serial',
  'unload',
  'usb',
  'web-share',
  'xr-spatial-tracking',
] as const

const PERMISSIONS = [...FEATURES_OFF.map((feature) => `${feature}=()`), 'sync-xhr=(self)'].join(', ')

/** @returns the preset's own `Content-Security-Policy`. */
export function presetCsp({ preset, frameOptions }: SecurityHeadersSettings): string {
  const ancestors = `frame-ancestors ${frameOptions === 'DENY' ? "'none'" : "'self'"}`
  if (preset === 'api') return `default-src 'none'; ${ancestors}`
  return `default-src 'self'; form-action 'self'; base-uri 'self'; object-src 'none'; ${ancestors}; upgrade-insecure-requests`
}

/** @returns the headers that every response gets, `Content-Security-Policy` and `Strict-Transport-Security` aside. */
export function presetHeaders(settings: SecurityHeadersSettings): Record<string, string> {
  const both = {
    'x-content-type-options': 'nosniff',
    'x-frame-options': settings.frameOptions,
    'x-permitted-cross-domain-policies': 'none',
    'referrer-policy': settings.referrerPolicy,
    'cross-origin-resource-policy': settings.crossOriginResourcePolicy,
  }
  if (settings.preset === 'api') return both
  return {
    ...both,
    'cross-origin-opener-policy': settings.crossOriginOpenerPolicy ?? 'same-origin',
    'cross-origin-embedder-policy': settings.crossOriginEmbedderPolicy ?? 'require-corp',
    'permissions-policy': settings.permissionsPolicy ?? PERMISSIONS,
    'x-dns-prefetch-control': 'off',
  }
}

/** @returns `Strict-Transport-Security` (RFC 6797 §6.1). */
export function hstsValue({ maxAgeSeconds, includeSubDomains, preload }: SecurityHeadersSettings['hsts']): string {
  return `max-age=${maxAgeSeconds}${includeSubDomains ? '; includeSubDomains' : ''}${preload ? '; preload' : ''}`
}
