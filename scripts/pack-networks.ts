// Turns a text file of networks, one a line, into a module that ip-list reads in next to no time at start.
// npm run --silent pack-networks -- denied.txt > denied.ts
import { readFileSync } from 'node:fs'
import { ipRanges } from '../src/lib/ip-ranges.ts'
import { packRanges } from '../src/lib/packed-ranges.ts'

const file = process.argv[2]
if (file === undefined) {
  console.error('usage: npm run --silent pack-networks -- LIST.txt > LIST.ts\nLIST.txt has one address or network (CIDR) a line; what follows # is a comment.')
  process.exit(2)
}
const lines = readFileSync(file, 'utf8').split('\n')
const entries = lines.flatMap((line, i) => {
  const network = line.replace(/#.*$/, '').trim()
  return network === '' ? [] : [{ network, at: i + 1 }]
})
let bad = 0
const ranges = ipRanges(
  entries.map(({ network }) => network),
  (index, fault) => {
    bad++
    console.error(`${file}:${entries[index]?.at}: ${entries[index]?.network}: ${fault}`)
  },
)
if (bad > 0) process.exit(1)
console.error(`${entries.length} networks, ${ranges.size} ranges`)
console.log(`/** ${ranges.size} ranges, written by \`npm run pack-networks\`. */\nexport const networks = '${packRanges(ranges)}'`)
