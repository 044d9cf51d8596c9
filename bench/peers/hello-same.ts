import { denial } from './given.ts'

const { status, headers, body } = denial()

/** Answers with the gateway's denial, without having decided anything. */
export default { fetch: () => new Response(body, { status, headers }) }
