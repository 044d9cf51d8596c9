import type { WranglerConfig } from '../wrangler-config.ts'
import { type Finding, finding } from './finding.ts'

/** The Durable Objects of the product: binding → class. */
export const OBJECT_CLASSES: Readonly<Record<string, string>> = { RATE_LIMITER: 'RateLimiter', LEDGER: 'Ledger', KEYRING: 'Keyring', AUDIT: 'Audit' }
/** The dataset that each decision is written to: needed whatever the configuration says. */
const DATASET = 'DECISIONS'

/** What a deployment must bind, and what it does. @param needed as the compiled configuration names it @param secrets those of them that are secrets, where that is known */
export function bindingFindings(config: WranglerConfig, needed: readonly string[], secrets: readonly string[] = []): readonly Finding[] {
  return [...missing(config, needed, secrets), ...plainSecrets(config, needed), ...classFindings(config, needed), ...strayFindings(config, needed)]
}

const MISSING_WHY = 'Until it is bound, every request is 503 (config.missing-binding).'

function missing(config: WranglerConfig, needed: readonly string[], secrets: readonly string[]): readonly Finding[] {
  const bound = new Set([...boundNames(config), ...(config.secrets?.required ?? [])])
  return [DATASET, ...needed].flatMap((name) => {
    if (bound.has(name) || Object.hasOwn(config.vars ?? {}, name)) return []
    const className = OBJECT_CLASSES[name]
    if (className !== undefined)
      return finding(
        'problem',
        'object-missing',
        `no Durable Object is bound as ${name}`,
        MISSING_WHY,
        `add [[durable_objects.bindings]] with name = "${name}" and class_name = "${className}"`,
      )
    if (name === DATASET)
      return finding(
        'problem',
        'dataset-missing',
        `no dataset is bound as ${name}`,
        `${MISSING_WHY} It is where each decision is written.`,
        `add [[analytics_engine_datasets]] with binding = "${name}"`,
      )
    if (secrets.includes(name)) {
      const fix = `add "${name}" to [secrets] required, then wrangler secret put ${name}; or bind a secret of the account by [[secrets_store_secrets]]`
      return finding(
        'problem',
        'secret-missing',
        `the secret ${name} is neither required nor bound`,
        `${MISSING_WHY} A required one is missed before the deployment.`,
        fix,
      )
    }
    return finding(
      'problem',
      'binding-missing',
      `the configuration needs ${name}, which is neither bound nor a required secret`,
      MISSING_WHY,
      `a secret: add "${name}" to [secrets] required, then wrangler secret put ${name}; a secret of the account: [[secrets_store_secrets]]; a Worker: [[services]]; a bucket: [[r2_buckets]]; a platform limit: [[ratelimits]]`,
    )
  })
}

function boundNames(config: WranglerConfig): readonly string[] {
  const {
    durable_objects,
    services = [],
    r2_buckets = [],
    ratelimits = [],
    kv_namespaces = [],
    mtls_certificates = [],
    secrets_store_secrets = [],
    analytics_engine_datasets = [],
  } = config
  return [
    ...[...(durable_objects?.bindings ?? []), ...ratelimits].map(({ name }) => name),
    ...[...services, ...r2_buckets, ...kv_namespaces, ...mtls_certificates, ...secrets_store_secrets, ...analytics_engine_datasets].map(
      ({ binding }) => binding,
    ),
  ]
}

function plainSecrets({ vars = {} }: WranglerConfig, needed: readonly string[]): readonly Finding[] {
  return needed
    .filter((name) => Object.hasOwn(vars, name))
    .map((name) =>
      finding(
        'problem',
        'secret-in-vars',
        `${name} stands in [vars]`,
        'What stands there is in the repository and shown in the dashboard: it is no secret any more.',
        `take it out, make a new value, add "${name}" to [secrets] required, then wrangler secret put ${name}`,
      ),
    )
}

function classFindings(config: WranglerConfig, needed: readonly string[]): readonly Finding[] {
  const kinds = classKinds(config)
  const objects = (config.durable_objects?.bindings ?? []).filter(({ name }) => needed.includes(name))
  return objects.flatMap(({ name, class_name, script_name }) => {
    const expected = OBJECT_CLASSES[name]
    if (expected !== undefined && class_name !== expected)
      return finding(
        'problem',
        'object-class',
        `${name} is bound to the class ${class_name}`,
        'Another class does not understand what it is asked: every request that needs it fails.',
        `class_name = "${expected}"`,
      )
    // An object of another Worker has its migration there.
    if (script_name !== undefined) return []
    const kind = kinds.get(class_name)
    if (kind === undefined)
      return finding(
        'problem',
        'migration-missing',
        `no migration makes the class ${class_name}`,
        'The deployment is refused.',
        `append [[migrations]] with a new tag and new_sqlite_classes = ["${class_name}"]`,
      )
    if (kind === 'kv')
      return finding(
        'problem',
        'migration-storage',
        `the class ${class_name} was made with new_classes`,
        'Its objects have no SQLite: whatever they keep fails.',
        `it cannot be changed later: delete the class in a migration, and make it again with new_sqlite_classes`,
      )
    return []
  })
}

/** What classes there are after all migrations, in their order. */
function classKinds({ migrations = [], exports = {} }: WranglerConfig): ReadonlyMap<string, 'sqlite' | 'kv'> {
  const kinds = new Map<string, 'sqlite' | 'kv'>()
  for (const { new_sqlite_classes = [], new_classes = [], renamed_classes = [], deleted_classes = [], transferred_classes = [] } of migrations) {
    for (const name of new_sqlite_classes) kinds.set(name, 'sqlite')
    for (const name of new_classes) kinds.set(name, 'kv')
    for (const { from, to } of renamed_classes) {
      kinds.set(to, kinds.get(from) ?? 'sqlite')
      kinds.delete(from)
    }
    for (const { to } of transferred_classes) kinds.set(to, 'sqlite')
    for (const name of deleted_classes) kinds.delete(name)
  }
  for (const [name, { type, state = 'created', storage }] of Object.entries(exports)) {
    if (type === 'durable-object' && (state === 'created' || state === 'expecting-transfer')) kinds.set(name, storage === 'sqlite' ? 'sqlite' : 'kv')
  }
  return kinds
}

function strayFindings({ secrets, services = [], durable_objects }: WranglerConfig, needed: readonly string[]): readonly Finding[] {
  const unused = (secrets?.required ?? []).filter((name) => !needed.includes(name))
  const demo = services.filter(({ service }) => service === 'portcullis-demo')
  return [
    ...unused.map((name) =>
      finding(
        'note',
        'secret-unused',
        `${name} is a required secret that the configuration does not name`,
        'A secret that nobody needs can still be stolen.',
        `take it out of [secrets] required, then wrangler secret delete ${name}`,
      ),
    ),
    ...demo.map(({ binding }) =>
      finding(
        'warning',
        'demo-bound',
        `${binding} is the demo's Worker`,
        'The demo gives any token to anybody: it must never be deployed.',
        'name the environment that is deployed with --env, or bind your own origin',
      ),
    ),
    ...(durable_objects?.bindings ?? [])
      .filter(({ name }) => name === 'DECISION_LOG')
      .map(({ name }) =>
        finding(
          'warning',
          'demo-log',
          `${name} is bound`,
          'One object keeps a row of every request: it is for one machine, and slow and dear elsewhere.',
          'name the environment that is deployed with --env, or take the binding out of it',
        ),
      ),
  ]
}
