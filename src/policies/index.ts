export { authorize } from './authorize/authorize.ts'
export { cors } from './cors/cors.ts'
export { securityHeaders } from './security-headers/security-headers.ts'
