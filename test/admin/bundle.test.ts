import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')
const run = promisify(execFile)
const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** Bundles a gateway as a deployment would, without the network. @returns the sources that are in it, and its size. */
async function bundled(admin: string) {
  const folder = mkdtempSync(join(ROOT, 'node_modules/.cache/admin-bundle-'))
  folders.push(folder)
  writeFileSync(
    join(folder, 'worker.ts'),
    `import { adminApi, bootstrapToken, claim, defineGateway, exists } from 'portcullis'
     import { hostGateway } from '${ROOT}/src/host.ts'
     export default hostGateway(defineGateway({ ${admin} zones: { api: { hosts: ['api.example.com'], origin: 'https://o.example.com', routes: { 'GET /': { public: 'a test' } } } } }))`,
  )
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: { paths: { portcullis: [`${ROOT}/src/index.ts`] } } }))
  writeFileSync(join(folder, 'wrangler.toml'), 'name = "bundle"\nmain = "worker.ts"\ncompatibility_date = "2026-10-01"\nminify = true\n')
  const wrangler = join(createRequire(import.meta.url).resolve('wrangler/package.json'), '../bin/wrangler.js')
  const env = { ...process.env, CI: '1', WRANGLER_SEND_METRICS: 'false', NO_COLOR: '1' }
  await run(
    process.execPath,
    [wrangler, 'deploy', '--dry-run', '-c', join(folder, 'wrangler.toml'), '--outdir', join(folder, 'out'), '--metafile', join(folder, 'meta.json')],
    { cwd: folder, env },
  )
  const { outputs } = JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8')) as {
    outputs: Record<string, { inputs: Record<string, { bytesInOutput: number }> }>
  }
  const inputs = Object.values(outputs).flatMap((output) =>
    Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? path : [])),
  )
  const code = readFileSync(join(folder, 'out/worker.js'))
  return { inputs, bytes: code.byteLength, compressed: gzipSync(code).byteLength, code: code.toString() }
}

describe('a gateway’s bundle', async () => {
  const [without, withIt] = [
    await bundled(''),
    await bundled(
      "admin: adminApi({ host: 'admin.example.com', authenticate: bootstrapToken({ secret: 'ADMIN_TOKEN' }), roles: { admin: exists(claim('x')) } }),",
    ),
  ]
  const isAdmins = (path: string) => /src\/admin\/|node_modules\/hono\/dist\/(?:hono|context|request|compose|hono-base)|to-json-schema/.test(path)

  it('without an admin API carries nothing of it', () => {
    expect(without.inputs.filter(isAdmins)).toEqual([])
    expect(without.code).not.toMatch(/openapi|idempotency-key/i)
  })

  it('with one does', () => {
    expect(withIt.inputs.filter((path) => path.includes('src/admin/')).length).toBeGreaterThan(10)
    expect(withIt.code).toMatch(/openapi/)
  })

  it('grows by what one may bear', () => {
    expect(withIt.compressed - without.compressed).toBeGreaterThan(5_000)
    expect(withIt.compressed - without.compressed, `${without.bytes} → ${withIt.bytes}, compressed ${without.compressed} → ${withIt.compressed}`).toBeLessThan(
      60_000,
    )
  })
})
