import { type Logger, pino } from 'pino';
import { visibleJson } from '../../shared/unicode/visible.ts';

export type Log = Logger;
export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'silent';

/** Structured log lines on stderr, or in a file. Stdout is for the ready line and answers. */
export function createLog(level: LogLevel, file?: string): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // The log may be shown on a terminal.
      hooks: { streamWrite: visibleJson },
      // A safety net: nobody should log these, and if a log line does by mistake, it must not reveal them.
      redact: {
        paths: [
          'seed',
          'token',
          'authorization',
          'passphrase',
          '*.seed',
          '*.token',
          '*.authorization',
          '*.passphrase',
        ],
        censor: '[secret]',
      },
    },
    pino.destination({ dest: file ?? 2, sync: true, mode: 0o600 }),
  );
}
