// Written by `portcullis import` from orders.yaml; the next import overwrites it. What you decide stands in zone.ts.
import { Description } from 'portcullis'

/** What the API's description promises: read piece by piece as requests ask for it. */
export const description = new Description({
  text: '{"version":1,"title":"Orders","apiVersion":"1.0.0","digest":"e302d61dacb503a5ce39acf7c5ff0eded8fc5f93b6f92ace09fe2149c941f17b","operations":{"POST /v1/orders":1,"GET /v1/orders/:orderId":2,"POST /v1/orders/:orderId/returns":3}}{"body":{~8,~4:{~I:{~0:5}}},~9:{"201":~F,~5}}{~C,~9:{"200":~F,~5}}{~C,"body":{~8,~4:{"application/x-www-form-urlencoded":{~0:10}}},~9:{"202":{},~5}}{~1,~H,~3:{"id":false,~D,~6,~B:false},"readOnly":["id",~B]}{"$ref":4,~2}{~1,~H,~3:{"id":~E,~D,~6,~B:{"enum":["ordered","sent"]}}}{"$ref":6,~2}{~1,~3:{"title":~G,"status":{~7,"format":"int32"}},~2}~E{~1,~A:["reason"],~3:{"reason":~G,~6},~2}"schema""type":"object""closed":true"properties""content""default":{~4:{"application/problem+json":{~0:8}}}"quantity":{~7,"maximum":99,~L}"type":"integer"~A:true"responses""required""state""parameters":[{"name":"orderId","in":"path","from":{"param":"orderId"},~8,"style":"simple","explode":false,~0:9}]"item":{~J,~K:40,"pattern":"\\u005e[a-z ]+$"}{~7,"maximum":999999,~L}{~4:{~I:{~0:7}}}{~J,~K:200}~A:["item","quantity"]"application/json""type":"string""maxLength""minimum":1',
  lengths: [227, 45, 21, 82, 59, 13, 57, 13, 54, 2, 41, 8, 15, 13, 12, 9, 50, 31, 16, 7, 11, 10, 7, 113, 44, 24, 16, 11, 22, 18, 15, 11, 11],
  shorthands: 22,
})
