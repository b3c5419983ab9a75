/**
 * Node's HTTP modules, without an `import` of their values. An `import` reads everything that a module exports, and
 * reading `http.WebSocket` loads the whole of Node's own `fetch`: 8 MB that no idle node needs (docs/decisions/0064).
 */
export const http = process.getBuiltinModule('node:http');
export const https = process.getBuiltinModule('node:https');
