import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { PRODUCT_SECRETS } from './test/workerd/product.ts'

/** What belongs to the Worker runs inside workerd; what drives workerd from outside (raw sockets, processes, the file system) runs in Node. */
const NODE_TESTS = [
  'test/*.test.ts',
  'test/admin/**/*.test.ts',
  'test/cli/**/*.test.ts',
  'test/types/**/*.test.ts',
  'test/workerd/**/*.test.ts',
  'test/attacks/**/*.test.ts',
  'test/e2e/**/*.test.ts',
  'test/conformance/**/*.test.ts',
  'test/importer/**/*.test.ts',
]

// wrangler takes the secrets that wrangler.toml declares from here.
for (const [name, secret] of Object.entries(PRODUCT_SECRETS)) process.env[name] ??= secret

const miniflare = {
  // The demo Worker is not under test here; test/e2e and `npm run smoke` run the real one.
  serviceBindings: { DEMO: () => new Response('demo') },
  // Where the audit trail is exported to.
  r2Buckets: ['AUDIT_BUCKET'],
  secretsStoreSecrets: { STORED: { store_id: 'store', secret_name: 'stored' } },
  ratelimits: { EDGE: { namespace_id: '1', simple: { limit: 3, period: 60 as const } } },
}

export default defineConfig({
  test: {
    projects: [
      {
        plugins: [cloudflareTest({ wrangler: { configPath: './wrangler.toml' }, miniflare })],
        test: { name: 'workerd', include: ['src/**/*.test.ts', 'test/gateway/**/*.test.ts'] },
      },
      { test: { name: 'node', include: NODE_TESTS, testTimeout: 60_000, hookTimeout: 120_000 } },
    ],
  },
})
