import { type Logger, pino } from 'pino';
import { visibleJson } from '../../shared/unicode/visible.ts';

export type Log = Logger;
export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'silent';

/** Structured log lines on stderr, or into a file; stdout belongs to the ready line and to answers. */
export function createLog(level: LogLevel, file?: string): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // A terminal may show the log.
      hooks: { streamWrite: visibleJson },
      // A safety net: nothing should log these, and a log line that does by mistake must not reveal them.
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
