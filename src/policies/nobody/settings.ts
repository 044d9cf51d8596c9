import * as v from 'valibot'

/** The settings of `nobody`. */
export const nobodySettings = v.strictObject({
  why: v.pipe(
    v.string(),
    v.check((text) => text.trim().length >= 3, 'say why, in words: somebody will read it in a review'),
    v.description('Why nobody may call yet, and what has to be decided: `portcullis check` lists it with the route.'),
  ),
})
