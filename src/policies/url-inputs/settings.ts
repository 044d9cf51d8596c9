import * as v from 'valibot'

const FIELD = /^(?:#(?:\/(?:[^~/]|~[01])+){1,16}|query\/[^/]{1,64}|header\/[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64})$/
const NAME = /^(?:\*\.)?(?=.{1,253}$)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})+$/

/** The settings of `url-inputs`. */
export const urlInputsSettings = v.strictObject({
  fields: v.pipe(
    v.array(v.pipe(v.string(), v.regex(FIELD, 'write a place, like #/callback, #/hooks/*/url, query/redirect or header/x-callback'))),
    v.minLength(1, 'name at least one field'),
    v.description(
      'Where URLs are: JSON pointers into the validated body behind `#`, with `*` for every item or every key (`#/hooks/*/url`), `query/name`, `header/name`. A field that is not there, or null, passes.',
    ),
  ),
  schemes: v.pipe(
    v.optional(v.pipe(v.array(v.picklist(['https', 'http', 'wss', 'ws'])), v.minLength(1, 'name at least one scheme')), ['https']),
    v.description('Schemes that a URL may have. Default: `https`.'),
  ),
  hosts: v.pipe(
    v.optional(
      v.pipe(
        v.array(v.pipe(v.string(), v.regex(NAME, 'write a name in lower case, like hooks.example.com, or *.example.com for all names below one'))),
        v.minLength(1, 'list at least one host, or leave the list out'),
      ),
    ),
    v.description(
      'Hosts that a URL may name: `hooks.example.com`, or `*.example.com` for every name below it but not itself. Default: every public one. Internal names and addresses are refused in any case.',
    ),
  ),
  ports: v.pipe(
    v.optional(
      v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))), v.minLength(1, 'list at least one port, or leave the list out')),
    ),
    v.description('Ports that a URL may name or mean. Default: that of its scheme, 443 or 80.'),
  ),
  fragments: v.pipe(v.optional(v.boolean(), false), v.description('Lets URLs have a fragment (`#…`), which no server gets. Default: false.')),
  maxCharacters: v.pipe(v.optional(v.pipe(v.number(), v.integer(), v.minValue(16), v.maxValue(16_384)), 2048), v.description('Longest URL. Default: 2048.')),
})

/** What {@link urlInputsSettings} gives. */
export type UrlInputsSettings = v.InferOutput<typeof urlInputsSettings>
