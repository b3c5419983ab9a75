import { type Db, quoted } from '../store/database.ts';
import { type Column, list, sequences, type Table } from './schema.ts';

/** A value as PostgreSQL's JSON has it: text without U+0000, BLOBs as `\x…`. */
export type Field = string | number | null;
export type Row = Readonly<Record<string, Field>>;

/** The changes of one transaction, by table: rows as they are now, and the keys of rows that are gone. */
export type Changes = Readonly<
  Record<string, { readonly put?: readonly Row[]; readonly drop?: readonly Row[] }>
>;

/** PostgreSQL's text can't contain U+0000. U+001A and `0` stand for it, and U+001A and `1` for U+001A itself. */
const escapeNul = (text: string): string =>
  text.includes('\0') || text.includes('\x1a')
    ? text.replaceAll('\x1a', '\x1a1').replaceAll('\0', '\x1a0')
    : text;
const unescapeNul = (text: string): string =>
  text.includes('\x1a') ? text.replaceAll('\x1a0', '\0').replaceAll('\x1a1', '\x1a') : text;

/** A value of SQLite, for PostgreSQL. */
export const encodeField = (value: unknown): Field => {
  if (typeof value === 'string') return escapeNul(value);
  if (Buffer.isBuffer(value)) return `\\x${value.toString('hex')}`;
  return value as number | null;
};

/** The opposite of `encodeField`. */
export function decodeField({ type }: Column, field: Field | undefined): string | number | Buffer | null {
  if (typeof field !== 'string') return field ?? null;
  return type === 'BLOB' ? Buffer.from(field.slice(2), 'hex') : unescapeNul(field);
}

const encodeRow = (columns: readonly Column[], values: readonly unknown[]): Row =>
  Object.fromEntries(columns.map(({ name }, at) => [name, encodeField(values[at])]));

/**
 * Collects what the transactions of a connection change, with temporary triggers that note the key of each row that is
 * inserted, updated or deleted, also by REPLACE, by another trigger or by a reference (ON DELETE CASCADE).
 */
export class ChangeCapture {
  readonly #tables: readonly Captured[];
  readonly #touched;
  readonly #sequence;
  /** The sequences as the last committed transaction left them, and as `collect` found them. */
  #sequences = new Map<string, number>();
  #found = new Map<string, number>();

  /** Notes changes from its creation on. A connection can have one of these. */
  constructor(db: Db, tables: readonly Table[]) {
    db.pragma('temp_store = MEMORY');
    // Otherwise REPLACE doesn't run the triggers for the rows that it removes.
    db.pragma('recursive_triggers = ON');
    this.#tables = tables.map((table) => captured(db, table));
    this.#touched = db
      .prepare<[], number>(
        tables
          .map(({ name }, at) => `SELECT ${at} WHERE EXISTS (SELECT 1 FROM temp.${notesOf(name)})`)
          .join(' UNION ALL '),
      )
      .pluck();
    this.#sequence = db.prepare<[], { name: string; seq: number }>(
      'SELECT name, seq FROM main.sqlite_sequence',
    );
    this.#sequences = this.#found = this.#readSequences();
  }

  /** Inside the transaction, at its end: what it changed. Null if nothing. */
  collect(): Changes | null {
    const changes: Record<string, { put?: Row[]; drop?: Row[] }> = {};
    let hasSequences = false;
    for (const at of this.#touched.all()) {
      const { table, read, forget } = this.#tables[at] as Captured;
      const put: Row[] = [];
      const drop: Row[] = [];
      // The key as it was noted comes first; the row follows, which is all null if it is gone.
      for (const values of read.all()) {
        const row = values.slice(table.key.length);
        const isGone = row[table.columns.findIndex(({ name }) => name === table.key[0])] === null;
        if (isGone) drop.push(encodeRow(keyColumns(table), values));
        else put.push(encodeRow(table.columns, row));
      }
      forget.run();
      changes[table.name] = { ...(put.length > 0 && { put }), ...(drop.length > 0 && { drop }) };
      hasSequences ||= table.hasSequence;
    }
    if (hasSequences) {
      this.#found = this.#readSequences();
      const put = [...this.#found]
        .filter(([name, seq]) => this.#sequences.get(name) !== seq)
        .map(([name, seq]) => ({ name, seq }));
      if (put.length > 0) changes[sequences.name] = { put };
    }
    return Object.keys(changes).length === 0 ? null : changes;
  }

  /** After the commit of what was collected. */
  committed(): void {
    this.#sequences = this.#found;
  }

  #readSequences(): Map<string, number> {
    return new Map(this.#sequence.all().map(({ name, seq }) => [name, seq]));
  }
}

interface Captured {
  readonly table: Table;
  readonly read: { all(): unknown[][] };
  readonly forget: { run(): unknown };
}

const triggerOf = (event: string, table: string): string => quoted(`note_${event}_${table}`);
const notesOf = (table: string): string => quoted(`changed_${table}`);
const keyColumns = ({ columns, key }: Table): Column[] =>
  key.map((name) => columns.find((column) => column.name === name) as Column);

function captured(db: Db, table: Table): Captured {
  const notes = notesOf(table.name);
  const name = quoted(table.name);
  const columns = keyColumns(table);
  // The conflict clause of the statement that runs the trigger would replace an `OR IGNORE`.
  const note = (row: 'OLD' | 'NEW'): string => {
    const values = table.key.map((key) => `${row}.${quoted(key)}`);
    const same = table.key.map((key) => `${quoted(key)} = ${row}.${quoted(key)}`);
    return `INSERT INTO ${notes} SELECT ${values.join(', ')}
      WHERE NOT EXISTS (SELECT 1 FROM ${notes} WHERE ${same.join(' AND ')});`;
  };
  const on = (event: string, ...rows: ('OLD' | 'NEW')[]): string =>
    `CREATE TEMP TRIGGER ${triggerOf(event, table.name)} AFTER ${event} ON main.${name}
     BEGIN ${rows.map(note).join(' ')} END;`;
  const types = columns.map((column) => `${quoted(column.name)} ${column.type}`).join(', ');
  db.exec(`
    CREATE TEMP TABLE ${notes} (${types}, PRIMARY KEY (${list(table.key)})) WITHOUT ROWID;
    ${on('INSERT', 'NEW')} ${on('UPDATE', 'OLD', 'NEW')} ${on('DELETE', 'OLD')}`);
  const keys = table.key.map((key) => `n.${quoted(key)}`).join(', ');
  const values = table.columns.map((column) => `t.${quoted(column.name)}`).join(', ');
  const match = table.key.map((key) => `t.${quoted(key)} = n.${quoted(key)}`).join(' AND ');
  return {
    table,
    read: db
      .prepare<[], unknown[]>(
        `SELECT ${keys}, ${values} FROM temp.${notes} n LEFT JOIN main.${name} t ON ${match}`,
      )
      .raw(),
    forget: db.prepare(`DELETE FROM temp.${notes}`),
  };
}

/** Writes rows and removes rows of one table, in a transaction of the caller. */
interface Applied {
  readonly remove: (row: Row) => void;
  readonly insert: (row: Row) => void;
}

/**
 * Returns a function that applies one transaction of another node: afterwards all tables are as they were there. It runs
 * `inside` in the same transaction. No trigger and no reference changes anything else, because what they did there is
 * part of the changes.
 */
export function changesApplier(
  db: Db,
  tables: readonly Table[],
): (changes: Changes, inside: () => void) => void {
  const byName = new Map(tables.map((table) => [table.name, applied(db, table)]));
  byName.set(sequences.name, appliedSequences(db));
  const begin = db.prepare('UPDATE main.copy_state SET applying = 1');
  const end = db.prepare('UPDATE main.copy_state SET applying = 0');
  const apply = db.transaction((changes: Changes, inside: () => void) => {
    begin.run();
    const parts = Object.entries(changes).map(([name, part]) => {
      const table = byName.get(name);
      if (table === undefined)
        throw new Error(`the database has a table ${name} that this version does not have`);
      return { ...part, table };
    });
    // Everything that changed goes first, so that no unique value is there twice in between.
    for (const { table, put = [], drop = [] } of parts)
      for (const row of [...drop, ...put]) table.remove(row);
    for (const { table, put = [] } of parts) for (const row of put) table.insert(row);
    end.run();
    inside();
  }).immediate;
  return (changes, inside) => {
    // The pragma can't be set inside a transaction.
    db.pragma('foreign_keys = OFF');
    try {
      apply(changes, inside);
    } finally {
      db.pragma('foreign_keys = ON');
    }
  };
}

function applied(db: Db, table: Table): Applied {
  const name = `main.${quoted(table.name)}`;
  const remove = db.prepare<(string | number | Buffer | null)[]>(
    `DELETE FROM ${name} WHERE ${table.key.map((key) => `${quoted(key)} = ?`).join(' AND ')}`,
  );
  const insert = db.prepare<(string | number | Buffer | null)[]>(
    `INSERT INTO ${name} (${list(table.columns.map((column) => column.name))})
     VALUES (${table.columns.map(() => '?').join(', ')})`,
  );
  const keys = keyColumns(table);
  return {
    remove: (row) => void remove.run(...keys.map((column) => decodeField(column, row[column.name]))),
    insert: (row) => void insert.run(...table.columns.map((column) => decodeField(column, row[column.name]))),
  };
}

/** SQLite's own table has no key. An insert into a table with AUTOINCREMENT may have written to it before. */
function appliedSequences(db: Db): Applied {
  const remove = db.prepare<[Field]>('DELETE FROM main.sqlite_sequence WHERE name = ?');
  const insert = db.prepare<[Field, Field]>('INSERT INTO main.sqlite_sequence (name, seq) VALUES (?, ?)');
  return {
    remove: () => {},
    insert: ({ name = null, seq = null }) => {
      remove.run(name);
      insert.run(name, seq);
    },
  };
}
