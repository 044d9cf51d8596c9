import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

/** What belongs to the Worker runs inside workerd; what drives workerd from outside (raw sockets, processes, the file system) runs in Node. */
const NODE_TESTS = [
  'test/architecture.test.ts',
  'test/types/**/*.test.ts',
  'test/attacks/**/*.test.ts',
  'test/e2e/**/*.test.ts',
  'test/conformance/**/*.test.ts',
]

export default defineConfig({
  test: {
    projects: [
      {
        plugins: [cloudflareTest({ wrangler: { configPath: './wrangler.toml' } })],
        test: { name: 'workerd', include: ['src/**/*.test.ts', 'test/gateway/**/*.test.ts'] },
      },
      { test: { name: 'node', include: NODE_TESTS } },
    ],
  },
})
