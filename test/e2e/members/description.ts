// Written by `portcullis import` from members.yaml; the next import overwrites it. What you decide stands in zone.ts.
import { Description } from 'portcullis'

/** What the API's description promises: read piece by piece as requests ask for it. */
export const description = new Description({
  text: '{"version":1,"title":"Members","apiVersion":"1.0.0","digest":"762b446c61f4ac80058001b801af33cfe515ebcccfd133b27346f8dee9c643ff","operations":{"GET /members/:memberId":1,"PUT /members/:memberId":2,"DELETE /members/:memberId":3}}{~2,~8}{~2,"body":{~E,~7:{~D:{~1:9}}},~8}{~2,~G:{"204":{},~9}}{~0,~F,"pattern":"\\u005e[a-z]+$"}{~3,~C,~5:{"id":~B,~A,"pin":false},"writeOnly":["pin"]}{"$ref":5,~4}{~3,~5:{"title":{~0,~6:99}},~4}{~3,~C,~5:{"id":false,~A,"pin":{~0,~6:4}},"readOnly":["id"]}{"$ref":8,~4}"type":"string""schema""parameters":[{"name":"memberId","in":"path","from":{"param":"memberId"},~E,"style":"simple","explode":false,~1:4}]"type":"object""closed":true"properties""maxLength""content"~G:{"200":{~7:{~D:{~1:6}}},~9}"default":{~7:{"application/problem+json":{~1:7}}}"name":~B{~0,~F}"required":["name"]"application/json""required":true~6:20"responses"',
  lengths: [227, 7, 34, 21, 33, 55, 13, 31, 60, 13, 15, 8, 115, 15, 13, 12, 11, 9, 30, 50, 9, 7, 19, 18, 15, 5, 11],
  shorthands: 17,
})
