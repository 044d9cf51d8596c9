import { cors } from 'portcullis'

/** A zone of its own for paths that end in a slash, and for requests that ask with a body. */
export const routeShapes = {
  hosts: ['shapes.example.com'],
  origin: 'https://origin-shapes.test',
  policies: [cors({ origins: ['https://app.example.com'], methods: ['GET', 'QUERY'], headers: ['content-type'] })],
  routes: {
    'GET /apis': { public: 'what there is' },
    'PUT /apis/': { public: 'another path' },
    'GET /only/': { public: 'nothing without its slash' },
    'GET /items/:id/': { public: 'a parameter before it' },
    'GET /open/*': { public: 'everything' },
    'DELETE /open/Closed/': { public: 'but this' },
    'QUERY /search': { public: 'a question with a body' },
    'POST /posted': { public: 'a thing to do' },
  },
} as const
