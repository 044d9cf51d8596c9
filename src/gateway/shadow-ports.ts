import type { LimitRequest } from '../core/limit.ts'
import type { Ports } from '../core/ports.ts'

/** @returns ports for controls that only report: they look at the same things, and change none of them. Whatever a port does is asked for only when the control asks. */
export function shadowPorts(ports: Ports): Ports {
  return {
    ...ports,
    limiter: shadowLimiter(ports),
    revocations: shadowRevocations(ports),
    runtime: shadowRules(ports),
    keys: shadowKeys(ports),
    limitOperator: { override: () => Promise.resolve(), liftBan: () => Promise.resolve() },
    audit: shadowAudit(ports),
  }
}

/** Counts for reporting limits in cells of their own: trying a limit spends nothing of the real one. */
function shadowLimiter({ limiter }: Ports): Ports['limiter'] {
  return {
    take: (request, caller) => limiter.take(inShadow(request), caller),
    giveBack: (request, verdicts, amount, caller) => limiter.giveBack(inShadow(request), verdicts, amount, caller),
    release: (request, caller) => limiter.release(inShadow(request), caller),
  }
}

function inShadow(request: LimitRequest): LimitRequest {
  return { ...request, cells: request.cells.map((cell) => ({ ...cell, id: `report|${cell.id}` })) }
}

/** Lets reporting policies know what is revoked, and revoke nothing. */
function shadowRevocations({ revocations }: Ports): Ports['revocations'] {
  return {
    find: (revocable, staleness, caller) => revocations.find(revocable, staleness, caller),
    revoke: () => Promise.resolve(),
    lift: () => Promise.resolve(),
    list: (after, limit) => revocations.list(after, limit),
  }
}

function shadowRules({ runtime }: Ports): Ports['runtime'] {
  return {
    current: (staleness, caller) => runtime.current(staleness, caller),
    add: () => Promise.resolve([]),
    remove: () => Promise.resolve([]),
    list: (after, limit, kind) => runtime.list(after, limit, kind),
  }
}

function shadowKeys({ keys }: Ports): Ports['keys'] {
  return {
    find: (id, staleness, caller) => keys.find(id, staleness, caller),
    newer: (than, sinceMs, caller) => keys.newer(than, sinceMs, caller),
    used: () => {},
    rehash: () => {},
    read: (id) => keys.read(id),
    create: () => unchanged(),
    rotate: () => unchanged(),
    revoke: () => unchanged(),
    revokeOwner: () => Promise.resolve(0),
    list: (query) => keys.list(query),
  }
}

function shadowAudit({ audit }: Ports): Ports['audit'] {
  return {
    begin: () => unchanged(),
    end: () => Promise.resolve(),
    note: () => {},
    entries: (afterSeq, limit) => audit.entries(afterSeq, limit),
    checkpoints: (fromSeq, limit) => audit.checkpoints(fromSeq, limit),
    checkpoint: () => Promise.resolve(undefined),
    status: () => audit.status(),
    publicKeys: () => audit.publicKeys(),
  }
}

/** Where something would have to come of it, nothing can be given. */
function unchanged(): Promise<never> {
  return Promise.reject(new Error('a control that only reports changes nothing'))
}
