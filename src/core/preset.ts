import type { Words } from './setting-words.ts'

/** What is wrong with an argument of a preset. */
export interface PresetFault extends Words {
  /** The argument's name. */
  readonly argument: string
  /** Settings that were made of it: what is wrong with them is no news. */
  readonly spoils: readonly string[]
}

/** It goes along when settings are spread, and stands in none of them. */
const FAULTS = Symbol('faults of a preset')

/** Settings that a preset made, with what is wrong with its arguments: whoever checks the settings tells that, at the argument's name. */
export function withFaults<S extends object>(settings: S, faults: readonly PresetFault[]): S {
  return faults.length === 0 ? settings : { ...settings, [FAULTS]: faults }
}

/** @returns what {@link withFaults} put beside the settings. */
export function faultsOf(settings: { readonly [FAULTS]?: readonly PresetFault[] }): readonly PresetFault[] {
  return settings[FAULTS] ?? []
}
