import { createRequire } from 'node:module';

/** Required, because the router's ES module imports `node:http` (kernel/node-http.ts). */
export const { Router } = createRequire(import.meta.url)('@koa/router') as typeof import('@koa/router');
export type Router = import('@koa/router').Router;
