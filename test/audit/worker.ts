import type { SettingsMessage } from '../../src/audit/message.ts'
import type { Audit } from '../../src/platform/audit.ts'

export { Audit } from '../../src/platform/audit.ts'

const SETTINGS: SettingsMessage = { signingKeys: ['AUDIT_SIGNING_KEY'], retentionDays: 90 }
const METHODS = ['begin', 'end', 'note', 'entries', 'checkpoints', 'checkpoint', 'keys', 'status'] as const

type Call = (message: unknown) => Promise<unknown>

/** Lets a test outside call the object: `POST /begin` with the rest of its message. */
export default {
  async fetch(request: Request, env: { readonly AUDIT: DurableObjectNamespace<Audit> }): Promise<Response> {
    const method = METHODS.find((name) => new URL(request.url).pathname === `/${name}`)
    if (method === undefined) return new Response(null, { status: 404 })
    const stub = env.AUDIT.getByName('audit') as unknown as Readonly<Record<string, Call>>
    const reply = await stub[method]?.({ v: 1, settings: SETTINGS, ...((await request.json()) as object) })
    return Response.json(reply ?? null)
  },
}
