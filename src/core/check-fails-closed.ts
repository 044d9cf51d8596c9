import type { OptionsInForce } from './policy.ts'
import type { Path, Problems } from './problems.ts'

/** Adds the problem of a control that may only fail closed and is told otherwise. `why`: what is there instead; `path`: of the control's settings. */
export function checkFailsClosed(
  { onError }: OptionsInForce,
  { why, fix }: { readonly why: string; readonly fix: string },
  path: Path,
  problems: Problems,
): void {
  if (onError === 'deny') return
  problems.add([...path, 'onError'], { found: JSON.stringify(onError), expected: `'deny': ${why}`, fix })
}
