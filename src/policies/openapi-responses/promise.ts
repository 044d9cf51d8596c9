import type { Description, Operation, ResponseDescription } from '../../openapi/description.ts'

type Responses = Operation['responses']

/** What a description promises of each route's answers: read when a route is first answered, and kept. */
export class Promised {
  readonly #description: Description
  readonly #kept = new Map<string, Responses>()

  constructor(description: Description) {
    this.#description = description
  }

  /** @returns the answers of a route by status; nothing where the description does not have it. */
  of(routeKey: string): Responses | undefined {
    const kept = this.#kept.get(routeKey)
    if (kept !== undefined) return kept
    const responses = this.#description.operation(routeKey)?.responses
    if (responses !== undefined) this.#kept.set(routeKey, responses)
    return responses
  }
}

/** @returns the answer that is promised for a status: by the status itself, else by its class, else what is promised for all others (OpenAPI 3.2 §4.16). */
export function promisedFor(responses: Responses, status: number): ResponseDescription | undefined {
  for (const key of [String(status), `${Math.floor(status / 100)}XX`, 'default']) if (Object.hasOwn(responses, key)) return responses[key]
  return undefined
}
