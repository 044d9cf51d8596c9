import { readdirSync, readFileSync } from 'node:fs'

/** @returns the CPU time that all threads of a process have had, in nanoseconds; undefined where there is no `/proc`. */
export function cpuNanoseconds(pid: number): number | undefined {
  try {
    let total = 0
    for (const task of readdirSync(`/proc/${pid}/task`)) total += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0])
    return total
  } catch {
    return undefined
  }
}
