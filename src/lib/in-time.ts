/**
 * Waits for an answer, and no longer than `budgetMs`.
 * @param late makes the error of an answer that did not come.
 */
export async function inTime<T>(answer: Promise<T>, budgetMs: number, late: () => Error): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late()), budgetMs)
  })
  try {
    return await Promise.race([answer, over])
  } finally {
    clearTimeout(timer)
  }
}
