import { compileGateway } from './compile.ts'
import type { CompiledGateway } from './compiled.ts'
import type { GatewayConfig } from './config.ts'

/**
 * Checks a configuration and compiles it, once, at start.
 * @throws {ConfigurationError} that tells every problem at once: path, found, expected, fix.
 */
export function defineGateway<const Z extends Record<string, unknown>>(config: GatewayConfig<Z>): CompiledGateway {
  return compileGateway(config)
}
