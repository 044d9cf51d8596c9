import { defineCommand } from 'citty'
import { command, type Invocation } from './command.ts'
import { confirm, YES_ARG } from './confirm.ts'
import { CHANGE_ARGS, connect, GATEWAY_ARGS } from './connection.ts'
import { askedWrongly, EXIT, Failure } from './failure.ts'
import { reserveSecretFile } from './files.ts'
import { harmless, jsonDocument } from './harmless.ts'
import { keySpec, SPEC_ARGS } from './key-spec.ts'
import { type Columns, cell, type Item, itemOf, LIST_ARGS, printItem, printList } from './listing.ts'
import { durationSeconds, told } from './time.ts'

const OUT_ARG = {
  out: { type: 'string', valueHint: 'FILE', description: 'writes the key to a new file that is yours alone (0600), and prints only its id' },
} as const
const ID_ARG = { id: { type: 'positional', description: 'the key’s id: the 16 characters before its secret', required: true } } as const
const REASON_ARG = { reason: { type: 'string', valueHint: 'TEXT', description: 'why, for whoever reads the audit trail', required: true } } as const

const COLUMNS: Columns = {
  heading: ['ID', 'STATE', 'OWNER', 'NAME', 'LEVEL', 'SCOPES', 'CREATED', 'EXPIRES', 'LAST USED'],
  row: (key, now) => [
    ...[key.id, key.state, key.owner, key.name, key.level, key.scopes].map(cell),
    ...[key.created, key.expires, key.lastUsed].map((moment) => told(moment, now)),
  ],
}

const create = command({
  meta: { name: 'create', description: 'Makes a key and shows it, once' },
  args: { ...SPEC_ARGS, ...OUT_ARG, ...CHANGE_ARGS },
  example: "keys create --owner acme --name 'CI of the shop' --level pro --scope orders:read --scope orders:write --for 90d --out acme.key",
  async run(args, invocation) {
    const spec = keySpec(args, invocation)
    await printNewKey(args, invocation, async () => (await connect(args, invocation.terminal)).change('POST', '/keys', spec))
  },
})

const rotate = command({
  meta: { name: 'rotate', description: 'Gives a key another secret; the one before works on for a while' },
  args: {
    ...ID_ARG,
    overlap: {
      type: 'string',
      valueHint: 'TIME',
      description: 'how long both work, like 24h; at most 30d, 0s for not at all: that ends all secrets before it, in an overlap too',
      required: true,
    },
    ...OUT_ARG,
    ...CHANGE_ARGS,
  },
  example: 'keys rotate 3kP9vQ2mXw7RzT1b --overlap 24h --out acme-new.key',
  async run(args, invocation) {
    const overlapSeconds = durationSeconds(args.overlap, 'overlap')
    if (overlapSeconds > 2_592_000) throw askedWrongly('--overlap is longer than 30 days.')
    const path = `${keyPath(args.id)}/rotate`
    await printNewKey(args, invocation, async () => (await connect(args, invocation.terminal)).change('POST', path, { overlapSeconds }))
  },
})

const list = command({
  meta: { name: 'list', description: 'Lists the keys, never their secrets' },
  args: { owner: { type: 'string', valueHint: 'OWNER', description: 'only those of one owner' }, ...LIST_ARGS, ...GATEWAY_ARGS },
  example: 'keys list --owner acme',
  async run(args, invocation) {
    await printList(await connect(args, invocation.terminal), '/keys', { owner: args.owner }, COLUMNS, args, invocation)
  },
})

const show = command({
  meta: { name: 'show', description: 'Shows one key, never its secret' },
  args: { ...ID_ARG, ...GATEWAY_ARGS },
  example: 'keys show 3kP9vQ2mXw7RzT1b',
  async run(args, invocation) {
    const path = keyPath(args.id)
    await printKey(itemOf(await (await connect(args, invocation.terminal)).read(path)), args, invocation)
  },
})

const revoke = command({
  meta: { name: 'revoke', description: 'Ends a key, for good' },
  args: { ...ID_ARG, ...REASON_ARG, ...CHANGE_ARGS },
  example: "keys revoke 3kP9vQ2mXw7RzT1b --reason 'was in a public repository'",
  async run(args, invocation) {
    const path = `${keyPath(args.id)}/revoke`
    await printKey(itemOf(await (await connect(args, invocation.terminal)).change('POST', path, { reason: args.reason })), args, invocation)
  },
})

const revokeOwner = command({
  meta: { name: 'revoke-owner', description: 'Ends all keys of an owner, for good' },
  args: { owner: { type: 'positional', description: 'whose keys', required: true }, ...REASON_ARG, ...YES_ARG, ...CHANGE_ARGS },
  example: "keys revoke-owner acme --reason 'contract ended' --yes",
  async run(args, invocation) {
    const { terminal } = invocation
    await confirm(`All keys of ${harmless(args.owner)} end, for good.`, args.yes, terminal)
    const answer = itemOf(await (await connect(args, terminal)).change('POST', '/keys/revoke-by-owner', { owner: args.owner, reason: args.reason }))
    await terminal.print(args.json === true ? jsonDocument(answer) : `${cell(answer.revoked)} ended`)
  },
})

/** `portcullis keys`. */
export const keys = defineCommand({
  meta: { name: 'portcullis keys', description: 'API keys: create, list, show, rotate, revoke' },
  subCommands: { create, list, show, rotate, revoke, 'revoke-owner': revokeOwner },
})

function keyPath(id: string): string {
  if (!/^[0-9A-Za-z]{16}$/.test(id)) throw askedWrongly('A key’s id is 16 letters and digits.')
  return `/keys/${id}`
}

/** Makes the key only once it is certain that it can be kept. */
async function printNewKey(
  args: { readonly out?: string | undefined; readonly json?: boolean | undefined },
  { terminal }: Invocation,
  make: () => Promise<unknown>,
): Promise<void> {
  const file = args.out === undefined ? undefined : await reserveSecretFile(args.out)
  let answer: Item & { readonly key: string }
  try {
    answer = keyOf(itemOf(await make()))
  } catch (error) {
    await file?.giveUp()
    throw error
  }
  const { key, item } = answer
  const about = itemOf(item)
  if (file !== undefined) {
    await file.write(`${key}\n`).catch((error: Error) => {
      throw new Failure(EXIT.asked, `${error.message} The key ${harmless(cell(about.id))} was made, and is nowhere: revoke it, or rotate it.`)
    })
    await terminal.print(args.json === true ? jsonDocument({ item }) : cell(about.id))
    return
  }
  await terminal.print(args.json === true ? jsonDocument(answer) : key)
  terminal.tell(`This is the only time that the key ${harmless(cell(about.id))} is shown: the gateway keeps a hash of it alone. Store it now.`)
}

function keyOf(answer: Item): Item & { readonly key: string } {
  const { key } = answer
  if (typeof key === 'string' && /^[\x21-\x7e]{1,512}$/.test(key)) return { ...answer, key }
  throw new Failure(EXIT.unreachable, 'What answered there is no admin API: a key was expected.')
}

function printKey(key: Item, options: { readonly json?: boolean | undefined }, invocation: Invocation): Promise<void> {
  const now = invocation.terminal.now()
  const { at, by, reason } = (key.revoked ?? {}) as Item
  return printItem(key, options, invocation, [
    ...['id', 'state', 'prefix', 'environment', 'owner', 'name', 'level', 'scopes', 'roles', 'metadata', 'limits'].map(
      (name) => [name, cell(key[name])] as const,
    ),
    ['allowed addresses', cell(key.allowedIps)],
    ['allowed origins', cell(key.allowedOrigins)],
    ['allowed routes', cell(key.allowedRoutes)],
    ['created', [told(key.created, now), cell(key.createdBy)].filter(Boolean).join(' by ')],
    ['not before', told(key.notBefore, now)],
    ['expires', told(key.expires, now)],
    ['rotated', told(key.rotated, now)],
    ['both work until', told(key.overlapUntil, now)],
    ['last used', told(key.lastUsed, now)],
    ['revoked', [told(at, now), cell(by), cell(reason)].filter(Boolean).join(', ')],
  ])
}
