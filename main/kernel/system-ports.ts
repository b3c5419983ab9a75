import { randomBytes } from 'node:crypto';
import type { Ports } from './ports.ts';

const timerMsMax = 2 ** 31 - 1;

/** The real clock, the real dice. */
export const systemPorts: Ports = {
  clock: {
    now: () => Date.now(),
    after(ms, callback) {
      const timer = setTimeout(callback, Math.min(Math.max(ms, 0), timerMsMax));
      timer.unref();
      return () => clearTimeout(timer);
    },
  },
  random: {
    next: () => Math.random(),
    bytes: (length) => randomBytes(length),
  },
  defer: (job) => {
    setImmediate(job);
  },
};
