import type { TestContext } from 'node:test';
import SQLite from 'better-sqlite3';

export interface Work {
  /** Statements that were run. */
  readonly statements: number;
  /** Rows that they handed back. */
  readonly rows: number;
  /** Characters in those rows: what may have to be parsed. */
  readonly characters: number;
}

/** Counts what databases that are opened from now on are asked. Gives what was asked since it was last called. */
export function countStatements(t: TestContext): () => Work {
  let work = { statements: 0, rows: 0, characters: 0 };
  const { prepare } = SQLite.prototype;
  const note = (row: unknown): void => {
    work.rows++;
    for (const value of Object.values(row ?? {}))
      if (typeof value === 'string') work.characters += value.length;
  };
  SQLite.prototype.prepare = function (this: SQLite.Database, sql: string) {
    const statement = prepare.call(this, sql) as SQLite.Statement<unknown[]>;
    const { run, get, all, iterate } = statement;
    return Object.assign(statement, {
      run(...values: unknown[]) {
        work.statements++;
        return run.apply(statement, values);
      },
      get(...values: unknown[]) {
        work.statements++;
        const row = get.apply(statement, values);
        if (row !== undefined) note(row);
        return row;
      },
      all(...values: unknown[]) {
        work.statements++;
        const rows = all.apply(statement, values);
        rows.forEach(note);
        return rows;
      },
      *iterate(...values: unknown[]) {
        work.statements++;
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
    work = { statements: 0, rows: 0, characters: 0 };
    return done;
  };
}
