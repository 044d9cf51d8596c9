import type { Server } from '../workerd/serve.ts'

/** @returns the lines that are no notices of the gateway: exceptions that nobody caught, rejections, what the runtime complains about. */
export function unexpectedLines({ log }: Server): readonly string[] {
  return lines(log()).filter((line) => !line.startsWith('{"') || line.includes('Uncaught'))
}

/** @returns what the gateway told the operator for this reason. */
export function notices({ log }: Server, reason: string): readonly string[] {
  return lines(log()).filter((line) => line.startsWith(`{"reason":"${reason}"`))
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '')
}
