import type { WorkerSpec } from '../test/workerd/serve.ts'

/** What is known when a variant's Worker is started. */
export interface Facts {
  /** `host:port` of the origin, where every fetch goes. */
  readonly origin: string
  /** The issuer's key set, as JSON. */
  readonly keySet: string
  /** The denials that `deny` and `limited` were answered with, as JSON. */
  readonly denial: string
  readonly limited: string
}

/** One thing that is measured. */
export interface Variant {
  readonly name: string
  /** What it is, for the table. */
  readonly about: string
  /** The Worker's entry, in this folder. */
  readonly entry: string
  /** Whose code it is: peers need the packages of `bench/package.json`. */
  readonly of: 'base' | 'ours' | 'peer'
  /** Claims all the protections, and is made to prove it. */
  readonly protects?: true
  /** Is answered with this status: 401 for want of a token, 429 because every client's limit is used up. Default 200. */
  readonly refused?: 401 | 429
  readonly worker: (facts: Facts) => Omit<WorkerSpec, 'bundle' | 'globalOutbound'>
}

const ours = ({ keySet }: Facts, more: WorkerSpec['vars'] = {}): Omit<WorkerSpec, 'bundle'> => ({
  vars: { BENCH_KEYS: keySet, PSEUDONYM_KEY: 'the-benchmark-hides-nothing-from-anybody', ...more },
  objects: { RATE_LIMITER: 'RateLimiter', LEDGER: 'Ledger' },
  datasets: ['DECISIONS'],
})

/** Each control, in the order of the request's way; the pipeline with none comes first. */
export const CONTROLS: readonly (readonly [name: string, about: string])[] = [
  ['none', 'the pipeline, with no control'],
  ['transport', 'HTTPS, TLS version, canonical path, sizes'],
  ['ip-list', '1,000 networks refused'],
  ['geo', 'five countries allowed'],
  ['rate-limit', 'a limit per address'],
  ['jwt', 'an RS256 token'],
  ['authorize', 'a scope, behind jwt'],
  ['rate-limit-principal', 'a limit per principal, behind jwt'],
  ['validate', 'the query against a schema'],
  ['cors', 'one origin'],
  ['security-headers', 'the preset for APIs'],
]

/** All that can be measured, in the order of the table. */
export const VARIANTS: readonly Variant[] = [
  { name: 'hello', about: 'answers hello', entry: 'peers/hello.ts', of: 'base', worker: () => ({}) },
  { name: 'pass', about: 'forwards, and nothing else', entry: 'peers/pass.ts', of: 'base', worker: () => ({}) },
  { name: 'full', about: 'Portcullis with every control', entry: 'full.ts', of: 'ours', protects: true, worker: (facts) => ours(facts) },
  {
    name: 'inlined',
    about: 'the same, written by hand in one function',
    entry: 'peers/inlined.ts',
    of: 'ours',
    protects: true,
    worker: (facts) => ours(facts),
  },
  {
    name: 'composed',
    about: "the same from Hono's middlewares, jose, a counter in memory",
    entry: 'peers/composed.ts',
    of: 'peer',
    protects: true,
    worker: ({ keySet }) => ({ vars: { BENCH_KEYS: keySet }, objects: { COUNTER: 'Counter' }, datasets: ['DECISIONS'] }),
  },
  {
    name: 'stoma',
    about: 'the same with @homegrower-club/stoma',
    entry: 'peers/stoma.ts',
    of: 'peer',
    protects: true,
    worker: () => ({ objects: { RATE_LIMITER: { className: 'RateLimiterDO', sql: false } }, datasets: ['DECISIONS'] }),
  },
  { name: 'deny', about: 'Portcullis with every control: 401, no token', entry: 'full.ts', of: 'ours', refused: 401, worker: (facts) => ours(facts) },
  {
    name: 'hello_same',
    about: 'answers with that denial, decides nothing',
    entry: 'peers/hello-same.ts',
    of: 'base',
    refused: 401,
    worker: ({ denial }) => ({ vars: { BENCH_DENIAL: denial } }),
  },
  {
    name: 'limited',
    about: 'Portcullis with every control: 429, known from memory',
    entry: 'limited.ts',
    of: 'ours',
    refused: 429,
    worker: (facts) => ours(facts),
  },
  {
    name: 'limited_same',
    about: 'answers with that 429, decides nothing',
    entry: 'peers/hello-same.ts',
    of: 'base',
    refused: 429,
    worker: ({ limited }) => ({ vars: { BENCH_DENIAL: limited } }),
  },
  { name: 'full_hono', about: 'full, with Hono in front of every request', entry: 'full-hono.ts', of: 'ours', protects: true, worker: (facts) => ours(facts) },
  {
    name: 'full_recorded',
    about: 'full, with decisions kept in an object',
    entry: 'full-recorded.ts',
    of: 'ours',
    protects: true,
    worker: (facts) => ({ ...ours(facts), objects: { RATE_LIMITER: 'RateLimiter', LEDGER: 'Ledger', DECISION_LOG: 'DecisionLog' } }),
  },
  ...CONTROLS.map(
    ([control, about]): Variant => ({
      name: `alone:${control}`,
      about,
      entry: 'alone.ts',
      of: 'ours',
      worker: (facts) => ours(facts, { BENCH_CONTROL: control }),
    }),
  ),
]
