// Orders: what the description cannot say. Written once by `portcullis import`, and yours since: no import changes it.
import { type Authentication, openapiRequests, openapiResponses } from 'portcullis'
import { description } from './description.ts'
import { routes } from './routes.ts'

/**
 * The routes of `orders.yaml`. As a rule a description is a zone of its own, with the two controls among its policies: see `examples/from-openapi`. The demo has one host for all,
 * so each route says that it is judged by the description.
 */
export function orders(users: Authentication) {
  const described = routes({ users })
  // An answer may hold what nobody described: it is taken out. Without `unlisted` such an answer is 502.
  const judged = [openapiRequests({ description }), openapiResponses({ description, unlisted: 'strip' })]
  const order = described['POST /v1/orders']
  const read = described['GET /v1/orders/:orderId']
  const sendBack = described['POST /v1/orders/:orderId/returns']
  return {
    'POST /v1/orders': { ...order, policies: [...order.policies, ...judged] },
    'GET /v1/orders/:orderId': { ...read, policies: [...read.policies, ...judged] },
    'POST /v1/orders/:orderId/returns': { ...sendBack, policies: [...sendBack.policies, ...judged] },
  }
}
