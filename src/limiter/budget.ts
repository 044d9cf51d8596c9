import { LimiterTimeout } from './outages.ts'

/** Has that done after so many milliseconds. @returns what takes it back. */
export type Timer = (ms: number, run: () => void) => () => void

/** @returns what the call brings, if it does so in time. Later it is nobody's here: who wants it still asks the call itself. @throws {LimiterTimeout} */
export function within<T>(budgetMs: number, call: Promise<T>, timer: Timer): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = timer(budgetMs, () => reject(new LimiterTimeout(budgetMs)))
    call.then(
      (value) => {
        cancel()
        resolve(value)
      },
      (error) => {
        cancel()
        reject(error)
      },
    )
  })
}
