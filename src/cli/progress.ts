const BAR_WIDTH = 24

/** Draws how far something is: a bar, a share, and what it is. */
export function bar(done: number, total: number, what: string): string {
  const share = total <= 0 ? 1 : Math.min(1, done / total)
  const filled = Math.floor(share * BAR_WIDTH)
  return `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${String(Math.floor(share * 100)).padStart(3)} % ${what}`
}
