import * as v from 'valibot'

const limit = v.pipe(v.string(), v.regex(/^\d{1,3}$/), v.transform(Number), v.minValue(1), v.maxValue(100))

/** The query that the route takes: the same schema in every variant. */
export const query = v.strictObject({ status: v.optional(v.picklist(['open', 'closed'])), limit: v.optional(limit) })
