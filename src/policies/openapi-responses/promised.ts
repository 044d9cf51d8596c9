import type { Schemas } from '../../json-schema/schemas.ts'
import type { Description, MediaType, Operation, ResponseDescription } from '../../openapi/description.ts'
import { describedHeaders, type JudgeHeaders } from './headers.ts'

/** One answer that a description promises, ready to judge by. */
export interface PromisedAnswer {
  readonly judgeHeaders: JudgeHeaders
  /** By media range; absent where there is no body. */
  readonly content: Readonly<Record<string, MediaType>> | undefined
}

/** The answers of one route: those that it has not given yet are not read yet. */
export class PromisedAnswers {
  readonly #responses: Operation['responses']
  readonly #schemas: Schemas
  readonly #kept = new Map<ResponseDescription, PromisedAnswer>()

  constructor(responses: Operation['responses'], schemas: Schemas) {
    this.#responses = responses
    this.#schemas = schemas
  }

  /** @returns the answer that is promised for a status: by the status itself, else by its class, else what is promised for all others (OpenAPI 3.2 §4.16). */
  for(status: number): PromisedAnswer | undefined {
    const described = describedFor(this.#responses, status)
    if (described === undefined) return undefined
    let answer = this.#kept.get(described)
    if (answer === undefined) {
      const { headers, content } = described
      const hasBody = content !== undefined && Object.keys(content).length > 0
      answer = { judgeHeaders: describedHeaders(headers, this.#schemas), content: hasBody ? content : undefined }
      this.#kept.set(described, answer)
    }
    return answer
  }
}

function describedFor(responses: Operation['responses'], status: number): ResponseDescription | undefined {
  for (const key of [String(status), `${Math.floor(status / 100)}XX`, 'default']) if (Object.hasOwn(responses, key)) return responses[key]
  return undefined
}

/** What a description promises of each route: read when the route is first answered, and kept. */
export class Promised {
  readonly #description: Description
  readonly #schemas: Schemas
  readonly #kept = new Map<string, PromisedAnswers>()

  constructor(description: Description, schemas: Schemas) {
    this.#description = description
    this.#schemas = schemas
  }

  /** @returns the answers of a route; nothing where the description does not have it. */
  of(routeKey: string): PromisedAnswers | undefined {
    const kept = this.#kept.get(routeKey)
    if (kept !== undefined) return kept
    const operation = this.#description.operation(routeKey)
    if (operation === undefined) return undefined
    const answers = new PromisedAnswers(operation.responses, this.#schemas)
    this.#kept.set(routeKey, answers)
    return answers
  }
}
