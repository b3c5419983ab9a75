import { copyFileSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { SpokenError } from '../../shared/words/refusal.ts';
import { makeTables } from './open-file.ts';

/** The database was written by a newer program; nothing was changed. */
export class DatabaseTooNewError extends SpokenError {}
/** The database was written by a development version; nothing was changed. */
export class DatabaseUnreleasedError extends SpokenError {}

/** `first`: the number of the schema that the first migration makes. */
export interface Schemas {
  readonly first: number;
  readonly migrations: readonly string[];
}

const newest = ({ first, migrations }: Schemas): number => first + migrations.length - 1;

/** The migrations that lead to a schema. */
export const upTo = ({ first, migrations }: Schemas, schema: number): readonly string[] =>
  migrations.slice(0, Math.max(schema - first + 1, 0));

/** Throws DatabaseTooNewError and DatabaseUnreleasedError. A database without a schema has the number 0. */
export function refuseUnknownSchema(schemas: Schemas, path: string, schema: number): void {
  const known = newest(schemas);
  if (schema > known)
    throw new DatabaseTooNewError((words) => words.start.failure.databaseNewer({ path, schema, known }));
  if (schema !== 0 && schema < schemas.first)
    throw new DatabaseUnreleasedError((words) => words.start.failure.databaseUnreleased({ path }));
}

/** Brings a database to the newest schema, all or nothing. One that has data is copied first. */
export function migrate(schemas: Schemas, db: Database, path: string): void {
  const [schema, known] = [Number(db.pragma('user_version', { simple: true })), newest(schemas)];
  if (schema === known) return;
  if (schema > 0) {
    db.pragma('wal_checkpoint(TRUNCATE)');
    copyFileSync(path, `${path}.before-schema-${known}`);
  }
  const run = db.transaction(() => {
    for (const sql of schemas.migrations.slice(upTo(schemas, schema).length)) db.exec(sql);
    db.pragma(`user_version = ${known}`);
  });
  makeTables(db, run);
}
