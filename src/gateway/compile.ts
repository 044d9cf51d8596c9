export interface CompiledGateway {
  x: 1
}
export function compileGateway(_c: unknown): CompiledGateway {
  return { x: 1 }
}
