import type { TestContext } from 'node:test';
import SQLite from 'better-sqlite3';

export interface Work {
  /** Statements that were run. */
  readonly statements: number;
  /** Rows that they returned. */
  readonly rows: number;
  /** Characters in those rows, which may have to be parsed. */
  readonly characters: number;
}

const nothing: { -readonly [K in keyof Work]: Work[K] } = { statements: 0, rows: 0, characters: 0 };

/**
 * Counts the statements of databases that are opened from now on. The returned function returns the counts since its
 * last call.
 */
export function countStatements(t: TestContext): () => Work {
  let work = structuredClone(nothing);
  const { prepare } = SQLite.prototype;
  const note = (row: unknown): void => {
    work.rows++;
    for (const value of Object.values(row ?? {}))
      if (typeof value === 'string') work.characters += value.length;
  };
  SQLite.prototype.prepare = function (this: SQLite.Database, sql: string) {
    const statement = prepare.call(this, sql) as SQLite.Statement<unknown[]>;
    const { run, get, all, iterate } = statement;
    const begin = (): void => {
      work.statements++;
    };
    return Object.assign(statement, {
      run(...values: unknown[]) {
        begin();
        return run.apply(statement, values);
      },
      get(...values: unknown[]) {
        begin();
        const row = get.apply(statement, values);
        if (row !== undefined) note(row);
        return row;
      },
      all(...values: unknown[]) {
        begin();
        const rows = all.apply(statement, values);
        rows.forEach(note);
        return rows;
      },
      *iterate(...values: unknown[]) {
        begin();
        for (const row of iterate.apply(statement, values)) {
          note(row);
          yield row;
        }
      },
    });
  } as typeof prepare;
  t.after(() => {
    SQLite.prototype.prepare = prepare;
  });
  return () => {
    const done = work;
    work = structuredClone(nothing);
    return done;
  };
}
