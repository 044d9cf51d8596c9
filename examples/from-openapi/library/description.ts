// Written by `portcullis import` from library.yaml; the next import overwrites it. What you decide stands in zone.ts.
import { Description } from 'portcullis'

/** What the API's description promises: read piece by piece as requests ask for it. */
export const description = new Description({
  text: '{"version":1,"title":"Library","apiVersion":"1.4.0","digest":"a97cab06b324e2465082cc4b24bfd72f72ce7b73a0f3d45eff151c5abe7e7d5f","operations":{"GET /health":1,"GET /v1/books":2,"GET /v1/members/:memberId/loans":3,"POST /v1/members/:memberId/loans":4}}{~A:{"200":{},~8}}{~W:[{~B:~I,~F,~T,~E,~0:6},{~B:"filter",~F,~J:"deepObject",~E,~0:8},{~B:"limit",~F,~T,~E,~0:9}],~A:{"200":{~6:{~9:{~0:12}}},~8}}{~K,~A:{"200":{~6:{~9:{~0:15}}},~8}}{~K,"body":{~R,~6:{~9:{~0:17}}},~A:{"201":{~6:{~9:{~0:18}}},~8}}{~2,~4:{~M,"status":~N},~3}{~1,~5:80,"minLength":3}{~2,~4:{"language":{~1,~5:2,"pattern":"\\u005e[a-z]{2}$"},"year":~N}}{~7:7,~3}{~Q,"maximum":50,"minimum":1}{~1,~5:17,"pattern":"\\u005e97[89]-[0-9-]+$"}{~2,~G:["isbn",~I],~4:{~D,~M}}{~U,~V,"items":{~7:11,~3}}{~1,~5:36}{~2,~P,~4:{"id":{~1,~H:"uuid"},~D,~L}}{~U,~V,"items":~O}{~2,~P,~4:{"id":false,~D,~L},"readOnly":["id"]}{~7:16,~3}~O"schema"~C:"string"~C:"object""closed":true"properties""maxLength""content""$ref""default":{~6:{"application/problem+json":{~0:5}}}"application/json""responses""name""type""isbn":{~7:10}"explode":true"in":"query""required""format""title""style"~W:[{~B:"memberId","in":"path","from":{"param":"memberId"},~R,~J:"simple","explode":false,~0:13}]"notifyUrl":{~1,~S,~H:"uri"}~I:{~1,~S}{~Q,~H:"int32"}{~7:14,~3}~G:["isbn"]~C:"integer"~G:true~5:200~J:"form"~C:"array""maxItems":50"parameters"',
  lengths: [
    250, 18, 128, 36, 64, 27, 24, 68, 9, 29, 44, 30, 26, 10, 38, 18, 47, 10, 2, 8, 11, 11, 13, 12, 11, 9, 6, 50, 18, 11, 6, 6, 14, 14, 12, 10, 8, 7, 7, 97, 28,
    10, 15, 10, 11, 12, 7, 6, 9, 10, 13, 12,
  ],
  shorthands: 33,
})
