/** Where objects live. Both take effect when an object is first asked for and never after, so they are set once, before the first deployment. */
export interface StateSettings {
  /** The region in which objects are created, at best effort; without it, near whoever asks first. */
  readonly home?: DurableObjectLocationHint
  /** The jurisdiction that objects never leave. */
  readonly jurisdiction?: DurableObjectJurisdiction
}

/** @returns the part of a namespace that never leaves its jurisdiction. */
export function placedIn<T extends Rpc.DurableObjectBranded | undefined>(
  namespace: DurableObjectNamespace<T>,
  { jurisdiction }: StateSettings,
): DurableObjectNamespace<T> {
  return jurisdiction === undefined ? namespace : namespace.jurisdiction(jurisdiction)
}

/** @returns a function that makes a stub of the object of a name. A stub belongs to the request that made it and is of no use after an error: each call needs its own. */
export function objectsOf<T extends Rpc.DurableObjectBranded | undefined>(
  namespace: DurableObjectNamespace<T>,
  placement: StateSettings,
): (name: string) => DurableObjectStub<T> {
  const options = placement.home === undefined ? undefined : { locationHint: placement.home }
  return (name) => placedIn(namespace, placement).getByName(name, options)
}
