import * as v from 'valibot'
import type { Decision, Deny, Reply } from './decision.ts'
import type { Exchange, Outcome, Validated } from './exchange.ts'
import { faultsOf } from './preset.ts'
import { type Path, type Problems, problemsOfIssues } from './problems.ts'
import { Shared } from './shared.ts'
import type { Stage } from './stage.ts'

/** What a control may do with the headers of a response. */
export type HeaderWriter = Pick<Headers, 'get' | 'has' | 'set' | 'append' | 'delete'>

/** What a compiled control does with a request. Handlers that need no await return plain values. */
export interface Handlers {
  /** Decides. A technical failure is thrown, never returned as a denial. */
  request?(x: Exchange): Decision | Promise<Decision>
  /** Constant headers for every response, merged at start; `null` removes. Lower-case names. */
  readonly responseHeaders?: Readonly<Record<string, string | null>>
  /** Changes the origin's response, or refuses to let it out; a throw is a 502. A `reply` is a change that the operator reads of, with its reason. */
  response?(response: Response, x: Exchange): Response | Deny | Reply | Promise<Response | Deny | Reply>
  /** Sets headers on every response, denials too. */
  finish?(headers: HeaderWriter, x: Exchange): void
  /** Always runs, after the response is decided: costs, counts by outcome. */
  settle?(outcome: Outcome, x: Exchange): void | Promise<void>
  /** Always runs, when the response's body has been sent or will not be: slots. Only routes with such a control watch their bodies. */
  ended?(x: Exchange): void
  /** Decides by itself when {@link request} failed and `onError` is `local`: by what this isolate knows alone. */
  local?(x: Exchange): Decision
}

/** A control's judgement of a request. */
export type Judgement = (x: Exchange) => Decision | Promise<Decision>

/** What a technical failure of a control means. `local`: the control decides by what this isolate knows alone; only some can. */
export type OnError = 'deny' | 'pass' | 'local'

/** What every control understands beside its own settings. */
export interface PolicyOptions {
  /** `report` records what the control would have done and changes nothing. Default: `enforce`. */
  readonly mode?: 'enforce' | 'report'
  /** What a technical failure of this control means. Default: `deny` (503 with Retry-After), where the control does not say otherwise. */
  readonly onError?: OnError
}

/** The options as they hold. */
export type OptionsInForce = Required<PolicyOptions>

/** The settings of a control: a `v.strictObject`. */
export type SettingsSchema = v.StrictObjectSchema<v.ObjectEntries, undefined>

/** Keys of routes: a set of them, or whoever knows them. */
export type RouteKeys = Pick<ReadonlySet<string>, 'has'>

/** How a control is written; {@link definePolicy} makes a factory of it. */
export interface PolicySpec<S extends SettingsSchema, St extends Stage> {
  /** Folder, main file and name in the configuration. */
  readonly name: string
  /** A policy runs as early as its inputs are known. */
  readonly stage: St | ((settings: v.InferOutput<S>) => St)
  /** Each field has a `v.description`. */
  readonly settings: S
  /** Two of it on one route make no sense: the route must `relax` the zone's. */
  readonly single?: boolean
  /** Tells instances of one control apart, in `relax` and in the log: the limit's name. */
  label?(settings: v.InferOutput<S>): string
  /** Path parameters that the settings refer to. */
  params?(settings: v.InferOutput<S>): readonly string[]
  /** Where credentials are read from: lower-case names of headers; one cookie, with the others left alone, by `cookiePlace`. */
  credentials?(settings: v.InferOutput<S>): readonly string[]
  /**
   * Of an authenticator: which credentials it takes for its own, and so leaves to no other behind it. Each names a place, a kind and what the credential says of itself, as in
   * `authorization opaque ory_`; all whose name begins so are claimed. Default: nobody knows.
   */
  claims?(settings: v.InferOutput<S>): readonly string[]
  /** Scopes that the settings ask for. */
  scopes?(settings: v.InferOutput<S>): readonly string[]
  /** Whose tokens the settings accept from clients that get them there: issuer identifiers of authorization servers (RFC 8414 §2). */
  issuers?(settings: v.InferOutput<S>): readonly string[]
  /** Of an authenticator: the issuer of the principals that it makes. Default: nobody knows. */
  principalsOf?(settings: v.InferOutput<S>): string
  /** The issuer whose principals alone it judges: where no authenticator makes any, it would judge nobody, which is a mistake. */
  judgesOnly?(settings: v.InferOutput<S>): string
  /** Names of bindings without which the control cannot work. */
  bindings?(settings: v.InferOutput<S>): readonly string[]
  /** Names of secrets without which it cannot work: secrets of the Worker, or bindings of the Secrets Store. */
  secrets?(settings: v.InferOutput<S>): readonly string[]
  /** Secrets with which short values are hashed, or that are compared themselves: with fewer than 32 characters they could be guessed, and nothing runs. */
  strongSecrets?(settings: v.InferOutput<S>): readonly string[]
  /** Whether the settings ask who is calling. Controls of the authorize and limit stages always do. */
  needsIdentity?(settings: v.InferOutput<S>): boolean
  /** It has nothing to judge where nobody is known: one that stands in a zone does not concern its public routes. */
  readonly identityOnly?: boolean
  /** Parts of the request that must have been found sound before. */
  needsValidated?(settings: v.InferOutput<S>): readonly (keyof Validated)[]
  /** Parts of the request that it finds sound. */
  validates?(settings: v.InferOutput<S>): readonly (keyof Validated)[]
  /** Other controls, by name, or reasons, that it wants to hear of in `settle`: what nobody has, or is over by then, is a mistake. */
  listensTo?(settings: v.InferOutput<S>): readonly string[]
  /** The keys of the routes that it knows something of: on any other it has nothing to judge by, which is a mistake. Default: it judges every route alike. */
  describes?(settings: v.InferOutput<S>): RouteKeys
  /** Whether it has to see a response's body to its end: nobody sees that of a WebSocket. */
  watchesBody?(settings: v.InferOutput<S>): boolean
  /** What a failure means unless `onError` says it. Its presence says that the handlers have `local`. */
  defaultOnError?(settings: v.InferOutput<S>): OnError
  /** Problems that the schema cannot see; each with what to do about it. */
  check?(settings: v.InferOutput<S>, path: Path, problems: Problems, options: OptionsInForce): void
  /** Turns checked settings into handlers: CPU only, once at start. */
  compile(settings: v.InferOutput<S>, shared: Shared): Handlers
  /** Lets controls of this kind that one stage of a route runs, given as their handlers, ask outside together. @returns what each of them judges with there. */
  join?(members: readonly Handlers[]): readonly Judgement[]
}

/** A control with its settings, as it stands in a configuration. `P`: the path parameters it needs. */
export interface Policy<P extends string = string, St extends Stage = Stage> {
  readonly name: string
  /** `name`, or `name:label`. */
  readonly label: string
  readonly stage: St
  readonly mode: 'enforce' | 'report'
  readonly onError: OnError
  readonly single: boolean
  readonly needsIdentity: boolean
  readonly identityOnly: boolean
  readonly needsValidated: readonly (keyof Validated)[]
  readonly validates: readonly (keyof Validated)[]
  readonly listensTo: readonly string[]
  readonly describes: RouteKeys | undefined
  readonly watchesBody: boolean
  readonly params: readonly P[]
  readonly credentials: readonly string[]
  readonly claims: readonly string[]
  readonly scopes: readonly string[]
  readonly issuers: readonly string[]
  readonly principalsOf: string | undefined
  readonly judgesOnly: string | undefined
  /** Secrets among them. */
  readonly bindings: readonly string[]
  /** Strong ones among them. */
  readonly secrets: readonly string[]
  readonly strongSecrets: readonly string[]
  /** The settings as they were given, for the policy hash and for explanations. */
  readonly settings: unknown
  /** Adds every problem of the settings to `problems`. */
  check(path: Path, problems: Problems): void
  /** Call only after {@link check} found nothing. @param shared what the controls of one gateway have in common; default: nothing. */
  compile(shared?: Shared): Handlers
  /** See {@link PolicySpec.join}. */
  readonly join?: (members: readonly Handlers[]) => readonly Judgement[]
}

/** Settings as one may give them: lists may be read-only. */
export type Given<T> = { readonly [K in keyof T]: T[K] | ReadonlyLists<T[K]> }
type ReadonlyLists<T> = T extends readonly (infer Item)[] ? readonly Item[] : never

/** What the registry holds of a control. */
export interface PolicyFactory<S extends SettingsSchema = SettingsSchema, St extends Stage = Stage> {
  (settings: Given<v.InferInput<S>> & PolicyOptions): Policy<never, St>
  readonly policyName: string
  readonly settingsSchema: S
}

const MODE = v.optional(v.picklist(['enforce', 'report']), 'enforce')
const OPTIONS = v.strictObject({ mode: MODE, onError: v.optional(v.picklist(['deny', 'pass'])) })
const OPTIONS_WITH_LOCAL = v.strictObject({ mode: MODE, onError: v.optional(v.picklist(['deny', 'pass', 'local'])) })

/**
 * Makes a control: a function from settings to a {@link Policy}. The factory itself checks nothing and never throws;
 * `defineGateway` calls `check` so that every problem of a configuration is told at once, with its path.
 */
export function definePolicy<const S extends SettingsSchema, St extends Stage>(spec: PolicySpec<S, St>): PolicyFactory<S, St> {
  const factory = (given: Given<v.InferInput<S>> & PolicyOptions): Policy<never, St> => {
    const { mode, onError, ...own } = (given ?? {}) as PolicyOptions & Record<string, unknown>
    const parsed = v.safeParse(spec.settings, own)
    const options = v.safeParse(spec.defaultOnError === undefined ? OPTIONS : OPTIONS_WITH_LOCAL, { mode, onError })
    const settings = parsed.success ? parsed.output : undefined
    const from = <T>(read: ((settings: v.InferOutput<S>) => T) | undefined, otherwise: T): T =>
      read === undefined || settings === undefined ? otherwise : read(settings)
    const label = from(spec.label?.bind(spec), '')
    const strongSecrets = from(spec.strongSecrets?.bind(spec), [])
    const secrets = [...new Set([...from(spec.secrets?.bind(spec), []), ...strongSecrets])]
    const inForce: OptionsInForce = {
      mode: options.success ? options.output.mode : 'enforce',
      onError: (options.success ? options.output.onError : undefined) ?? from(spec.defaultOnError?.bind(spec), 'deny'),
    }
    return {
      name: spec.name,
      label: label === '' ? spec.name : `${spec.name}:${label}`,
      stage: typeof spec.stage === 'function' ? from(spec.stage, 'transport' as St) : spec.stage,
      mode: inForce.mode,
      onError: inForce.onError,
      single: spec.single ?? false,
      needsIdentity: from(spec.needsIdentity?.bind(spec), false),
      identityOnly: spec.identityOnly ?? false,
      needsValidated: from(spec.needsValidated?.bind(spec), []),
      validates: from(spec.validates?.bind(spec), []),
      listensTo: from(spec.listensTo?.bind(spec), []),
      describes: from<RouteKeys | undefined>(spec.describes?.bind(spec), undefined),
      watchesBody: from(spec.watchesBody?.bind(spec), false),
      params: from(spec.params?.bind(spec), []) as readonly never[],
      credentials: from(spec.credentials?.bind(spec), []),
      claims: from(spec.claims?.bind(spec), []),
      scopes: from(spec.scopes?.bind(spec), []),
      issuers: from(spec.issuers?.bind(spec), []),
      principalsOf: from<string | undefined>(spec.principalsOf?.bind(spec), undefined),
      judgesOnly: from<string | undefined>(spec.judgesOnly?.bind(spec), undefined),
      bindings: [...new Set([...from(spec.bindings?.bind(spec), []), ...secrets])],
      secrets,
      strongSecrets,
      settings: own,
      check(path, problems) {
        const faults = faultsOf(own)
        for (const { argument, spoils: _, ...words } of faults) problems.add([...path, argument], words)
        const spoilt = new Set<unknown>(faults.flatMap(({ spoils }) => spoils))
        const issues = [...(parsed.issues ?? []), ...(options.issues ?? [])]
        problemsOfIssues(faults.length === 0 ? issues : issues.filter((issue) => !spoilt.has(issue.path?.[0]?.key)), path, problems)
        if (settings !== undefined && faults.length === 0) spec.check?.(settings, path, problems, inForce)
      },
      compile(shared = new Shared()) {
        if (settings === undefined) throw new TypeError(`${spec.name}: compiled without a successful check`)
        return spec.compile(settings, shared)
      },
      ...(spec.join !== undefined && { join: spec.join.bind(spec) }),
    }
  }
  return Object.assign(factory, { policyName: spec.name, settingsSchema: spec.settings })
}
