import { type Db, quoted } from '../store/database.ts';
import { isOfSearch } from '../store/search-tables.ts';

type ColumnType = 'INTEGER' | 'TEXT' | 'REAL' | 'BLOB';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly isRequired: boolean;
  /** SQL, the same on both engines. */
  readonly default: string | null;
}

/** A table that both engines have. */
export interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  /** The names of the columns of the primary key, in its order. */
  readonly key: readonly string[];
  /** Whether its `sqlite_sequence` is part of the data. */
  readonly hasSequence: boolean;
  readonly uniques: readonly (readonly string[])[];
  readonly references: readonly {
    readonly from: readonly string[];
    readonly table: string;
    readonly to: readonly string[];
  }[];
  /** The conditions of its CHECKs, as SQL. */
  readonly checks: readonly string[];
}

/** The table of the next IDs for AUTOINCREMENT, in both engines. */
export const sequences: Table = {
  name: 'sqlite_sequence',
  columns: [
    { name: 'name', type: 'TEXT', isRequired: true, default: null },
    { name: 'seq', type: 'INTEGER', isRequired: true, default: null },
  ],
  key: ['name'],
  hasSequence: false,
  uniques: [],
  references: [],
  checks: [],
};

/** Belongs to the file of the copy alone. */
const ownTables = ['copy_state'];

/** The tables of a migrated SQLite database, by name. Throws for what PostgreSQL would treat differently. */
export function tablesOf(db: Db): Table[] {
  const made = db
    .prepare<[], { name: string; sql: string }>(
      "SELECT name, sql FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    )
    .all();
  return made
    .filter(({ name }) => !ownTables.includes(name) && !isOfSearch(name))
    .map(({ name, sql }) => tableOf(db, name, sql));
}

function tableOf(db: Db, name: string, sql: string): Table {
  if (!/\bSTRICT\b[^)]*$/.test(sql)) throw new Error(`the table ${name} is not STRICT`);
  const info = rows<{ name: string; type: string; notnull: number; dflt_value: string | null; pk: number }>(
    db,
    `SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_info(?)`,
    name,
  );
  const key = info.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
  if (key.length === 0) throw new Error(`the table ${name} has no primary key`);
  const columns = info.map(({ name: column, type, notnull, dflt_value, pk }) => {
    if (!(type in types)) throw new Error(`the column ${name}.${column} has the type ${type}`);
    return {
      name: column,
      type: type as ColumnType,
      default: dflt_value,
      isRequired: notnull === 1 || pk > 0,
    };
  });
  const uniques = rows<{ name: string }>(
    db,
    `SELECT name FROM pragma_index_list(?) WHERE origin = 'u' ORDER BY name`,
    name,
  ).map((index) =>
    rows<{ name: string }>(db, 'SELECT name FROM pragma_index_info(?) ORDER BY seqno', index.name).map(
      (column) => column.name,
    ),
  );
  const links = rows<{ id: number; table: string; from: string; to: string | null }>(
    db,
    'SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?) ORDER BY id, seq',
    name,
  );
  return {
    name,
    columns,
    uniques,
    checks: checksIn(sql),
    hasSequence: /\bAUTOINCREMENT\b/.test(sql),
    key: key.map((column) => column.name),
    references: [...Map.groupBy(links, ({ id }) => id).values()].map((link) => ({
      table: link[0]?.table ?? '',
      from: link.map(({ from }) => from),
      to: link.map(({ to }) => {
        if (to === null) throw new Error(`a reference of ${name} does not name its column`);
        return to;
      }),
    })),
  };
}

function rows<R>(db: Db, sql: string, name: string): R[] {
  return db.prepare<[string], R>(sql).all(name);
}

/** Returns the text in the parentheses after each CHECK. It may contain strings, and two more levels of parentheses. */
function checksIn(sql: string): string[] {
  const found = [...sql.matchAll(checks)];
  if (found.length !== [...sql.matchAll(/\bCHECK\b/g)].length) throw new Error(`unclear CHECK: ${sql}`);
  return found.map(([, condition = '']) => condition.replace(/\s+/g, ' ').trim());
}
const checks = /\bCHECK\s*\(((?:[^()']|'[^']*'|\((?:[^()']|'[^']*'|\([^()']*\))*\))*)\)/g;

const types: Readonly<Record<ColumnType, string>> = {
  INTEGER: 'bigint',
  TEXT: 'text',
  REAL: 'double precision',
  BLOB: 'bytea',
};

export const list = (names: readonly string[]): string => names.map(quoted).join(', ');

/**
 * The tables in PostgreSQL, as statements. They have the same types and checks, so that neither engine stores what the
 * other refuses. References and unique values are only checked at the end of a transaction, because changes don't arrive
 * in the order in which they were made.
 */
export function createTables(tables: readonly Table[]): string {
  const made = [...tables, sequences].map((table) => {
    const lines = [
      ...table.columns.map(
        (column) =>
          `${quoted(column.name)} ${types[column.type]}${column.isRequired ? ' NOT NULL' : ''}` +
          (column.default === null ? '' : ` DEFAULT ${column.default}`),
      ),
      `PRIMARY KEY (${list(table.key)})`,
      ...table.uniques.map((columns) => `UNIQUE (${list(columns)}) DEFERRABLE INITIALLY DEFERRED`),
      ...table.checks.map((check) => `CHECK (${check})`),
    ];
    return `CREATE TABLE ${quoted(table.name)} (\n  ${lines.join(',\n  ')}\n);`;
  });
  const references = tables.flatMap((table) =>
    table.references.map(
      ({ from, table: other, to }) =>
        `ALTER TABLE ${quoted(table.name)} ADD FOREIGN KEY (${list(from)}) REFERENCES ${quoted(other)} (${list(to)})
  DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX ON ${quoted(table.name)} (${list(from)});`,
    ),
  );
  return [...made, ...references, commitFunction(tables)].join('\n');
}

export const dropTables = (tables: readonly string[]): string =>
  tables.length === 0 ? '' : `DROP TABLE ${list(tables)} CASCADE;`;

/** Tables about the database itself. */
export const stateTables = `
CREATE TABLE node_state (
  one     integer PRIMARY KEY DEFAULT 1 CHECK (one = 1),
  -- Names this database, for its copies.
  id      text NOT NULL,
  -- The number of its schema, as in main/store/migrations.
  schema  integer NOT NULL,
  -- Counts transactions.
  version bigint NOT NULL,
  -- A random name of this version.
  stamp   text NOT NULL,
  -- Each leader has one of its own, higher than those before.
  token   bigint NOT NULL,
  -- The name of its computer, and when it last gave a sign of life. Null if nobody leads.
  leader  text,
  beat    timestamptz,
  -- 'filling': a move has begun to copy data here. 'left': the data was moved back to a file (marks.ts).
  role    text NOT NULL DEFAULT 'truth' CHECK (role IN ('filling', 'truth', 'left')),
  -- The ID of the move that left.
  leaving text
);
-- The changes of each of the last transactions, for copies that are behind.
CREATE TABLE node_changes (
  version bigint PRIMARY KEY,
  stamp   text NOT NULL,
  -- The stamp of the version before, on which a copy must be to apply this.
  before  text NOT NULL,
  -- The leader that wrote it, so that test:standby sees if an older one ever comes after a newer one.
  token   bigint NOT NULL,
  at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  changes json NOT NULL
);
`;

/** The channel that announces new versions. */
export const versionChannel = 'paracord_node_version';

/**
 * Writes what one transaction changed, if `own_token` is the last one and the copy has the version before. Otherwise it is
 * an error, and nothing was written. The row of `node_state` stays locked until the commit, so a node that takes over
 * meanwhile gets its token afterwards, and sees this transaction.
 */
function commitFunction(tables: readonly Table[]): string {
  const cases = [...tables, sequences].map((table) => {
    const name = quoted(table.name);
    const others = table.columns.map((column) => column.name).filter((column) => !table.key.includes(column));
    const sets = others.map((column) => `${quoted(column)} = EXCLUDED.${quoted(column)}`).join(', ');
    return `
      WHEN '${table.name}' THEN
        IF pn_part->'drop' IS NOT NULL THEN
          DELETE FROM ${name} t USING json_populate_recordset(NULL::${name}, pn_part->'drop') d
            WHERE ${table.key.map((column) => `t.${quoted(column)} = d.${quoted(column)}`).join(' AND ')};
        END IF;
        IF pn_part->'put' IS NOT NULL THEN
          INSERT INTO ${name} SELECT * FROM json_populate_recordset(NULL::${name}, pn_part->'put')
            ON CONFLICT (${list(table.key)}) DO ${sets === '' ? 'NOTHING' : `UPDATE SET ${sets}`};
        END IF;`;
  });
  return `
CREATE OR REPLACE FUNCTION pn_commit(own_token bigint, next_version bigint, next_stamp text, changed json) RETURNS void AS $$
#variable_conflict use_column
DECLARE
  -- Not the names of columns.
  pn_state node_state;
  pn_table text;
  pn_part json;
BEGIN
  SELECT * INTO pn_state FROM node_state FOR UPDATE;
  IF pn_state.token <> own_token OR pn_state.version <> next_version - 1 OR pn_state.role <> 'truth' THEN
    RAISE EXCEPTION 'another node has taken over' USING ERRCODE = 'PN001';
  END IF;
  FOR pn_table, pn_part IN SELECT * FROM json_each(changed) LOOP
    CASE pn_table${cases.join('')}
    END CASE;
  END LOOP;
  INSERT INTO node_changes (version, stamp, before, token, changes)
    VALUES (next_version, next_stamp, pn_state.stamp, own_token, changed);
  UPDATE node_state SET version = next_version, stamp = next_stamp, beat = greatest(beat, clock_timestamp());
  PERFORM pg_notify('${versionChannel}', '');
END
$$ LANGUAGE plpgsql;`;
}
