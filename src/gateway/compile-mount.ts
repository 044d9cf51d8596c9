import type { Handlers, Judgement, Policy } from '../core/policy.ts'
import type { Stage } from '../core/stage.ts'
import { revocation } from '../policies/revocation/revocation.ts'
import { compileAuthentication } from './authenticate.ts'
import { compileRoute } from './compile-route.ts'
import type { CompiledMount, CompiledZone, Step } from './compiled.ts'
import { compileDoor, sparingWhoIsKnown } from './door.ts'
import { MOUNT_ROUTE, type Mount, type MountFacts } from './mount.ts'

/** What was revoked is revoked here too. */
const REVOCATION = revocation({})

/** @returns every control of a mount, for what they need. */
export function controlsOf({ policies, attempts, calls }: Mount): readonly Policy[] {
  return [...policies, attempts, calls, REVOCATION]
}

/**
 * Hangs a mount in the zone that has its host. Until the door knows who is there, a request walks the zone's own way for what is not listed, and looks like it;
 * then it is dressed as the mount: with the zone's headers, but for those of CORS.
 * @param policies of the zone, those that are always present among them.
 */
export function compileMount(
  mount: Mount,
  zone: CompiledZone,
  policies: readonly Policy[],
  facts: MountFacts,
  handlersOf: (policy: Policy) => Handlers,
): CompiledMount {
  const judgeOf = (policy: Policy): Judgement => handlersOf(policy).request as Judgement
  const isEnforced = ({ mode }: Policy) => mode === 'enforce'
  const door = compileDoor({
    mount,
    before: mount.policies.filter(isEnforced).map((policy) => ({ policy, handlers: handlersOf(policy) })),
    attempts: handlersOf(mount.attempts),
    authenticate: compileAuthentication(mount.authenticate, judgeOf),
    revocation: handlersOf(REVOCATION),
  })
  const route = compileRoute({
    facts: { ...zone.unmatched.facts, key: MOUNT_ROUTE },
    pattern: { key: MOUNT_ROUTE, method: '*', shape: '', segments: [] },
    policies: [...policies.filter(({ stage }) => DRESSES.has(stage)), ...mount.policies, mount.attempts, mount.calls],
    authentication: mount.authenticate,
    handlersOf,
    privateCaching: false,
  })
  const reporting = route.steps.filter((step) => step.reporting && mount.policies.some(({ label }) => label === step.policy))
  const calls = route.steps.filter(({ policy, stage }) => policy === mount.calls.label && stage === mount.calls.stage)
  const steps = [
    ...zone.unmatched.steps.map((step) => sparingWhoIsKnown(step, door)),
    ...reporting,
    step('authenticate', door),
    ...calls,
    step('decide', mount.compile(facts)),
  ]
  return { host: mount.host, path: mount.path, route: { ...route, steps, preflightSteps: 0, hasReporting: steps.some(({ reporting: is }) => is) } }
}

/** Stages whose controls set headers on what the mount answers. No preflights: pages of other origins have no business here. */
const DRESSES: ReadonlySet<Stage> = new Set<Stage>(['transport', 'access', 'shield', 'finish'])

function step(stage: Stage, run: Judgement): Step {
  return { policy: MOUNT_ROUTE, stage, reporting: false, onError: 'deny', run }
}
