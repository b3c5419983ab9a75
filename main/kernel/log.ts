import { type Logger, pino } from 'pino';
import { visibleJson } from '../../shared/unicode/visible.ts';
import { LogLines, openEnd } from './log-lines.ts';

export type Log = Logger;
export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'silent';

/** Structured log lines on stderr, or to `file`. Stdout is for the ready line and answers. */
export function createLog(level: LogLevel, file?: { write(line: string): void }): Log {
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
    file ?? new LogLines(openEnd(2)),
  );
}
