import { writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { OBJECTS } from '../workerd/product.ts'
import { bundle } from '../workerd/serve.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** The Durable Objects that such a gateway needs, as workerd is told of them. */
export const GATEWAY_OBJECTS = { RATE_LIMITER: OBJECTS.RATE_LIMITER, LEDGER: OBJECTS.LEDGER }

const WORKER = `import { hostGateway } from '../../../src/host.ts'
import gateway from './gateway.config.ts'
export { Ledger } from '../../../src/platform/ledger.ts'
export { RateLimiter } from '../../../src/platform/rate-limiter.ts'
export default hostGateway(gateway)
`
const WRANGLER = `name = "imported"
main = "worker.ts"
compatibility_date = "2026-10-01"
[[durable_objects.bindings]]
name = "RATE_LIMITER"
class_name = "RateLimiter"
[[durable_objects.bindings]]
name = "LEDGER"
class_name = "Ledger"
[[migrations]]
tag = "v1"
new_sqlite_classes = ["RateLimiter", "Ledger"]
`

/** Writes what makes a Worker of a configuration. */
export function writeGateway(folder: string, config: string): void {
  for (const [file, text] of Object.entries({ 'gateway.config.ts': config, 'worker.ts': WORKER, 'wrangler.toml': WRANGLER }))
    writeFileSync(join(folder, file), text)
}

/** @returns the Worker that {@link writeGateway} wrote, bundled. */
export function bundleGateway(folder: string): ReturnType<typeof bundle> {
  return bundle(relative(ROOT, join(folder, 'wrangler.toml')))
}
