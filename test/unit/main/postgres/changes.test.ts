import assert from 'node:assert/strict';
import { test } from 'node:test';
import SQLite from 'better-sqlite3';
import fc from 'fast-check';
import {
  ChangeCapture,
  type Changes,
  changesApplier,
  decodeField,
  encodeField,
} from '../../../../main/postgres/changes.ts';
import { digestsOf } from '../../../../main/postgres/copying.ts';
import { tablesOf } from '../../../../main/postgres/schema.ts';

const schema = `
  CREATE TABLE copy_state (one INTEGER PRIMARY KEY, applying INTEGER NOT NULL DEFAULT 0) STRICT;
  INSERT INTO copy_state VALUES (1, 0);
  CREATE TABLE parents (id INTEGER PRIMARY KEY, name TEXT UNIQUE) STRICT;
  CREATE TABLE children (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    parent INTEGER NOT NULL REFERENCES parents (id) ON DELETE CASCADE ON UPDATE CASCADE,
    weight REAL
  ) STRICT;
  CREATE TABLE pairs (a TEXT, b BLOB, note TEXT, PRIMARY KEY (a, b)) STRICT, WITHOUT ROWID;
  CREATE TABLE tally (parent INTEGER PRIMARY KEY, n INTEGER NOT NULL) STRICT;
  CREATE TRIGGER counted AFTER DELETE ON children
    WHEN NOT EXISTS (SELECT 1 FROM copy_state WHERE applying = 1)
  BEGIN
    INSERT INTO tally VALUES (OLD.parent, 1) ON CONFLICT DO UPDATE SET n = n + 1;
  END;`;

/** A database that notes what its transactions change, and another that applies it. */
function twoDatabases() {
  const [one, other] = [new SQLite(':memory:'), new SQLite(':memory:')];
  for (const db of [one, other]) {
    db.pragma('foreign_keys = ON');
    db.exec(schema);
  }
  const tables = tablesOf(one);
  const capture = new ChangeCapture(one, tables);
  const apply = changesApplier(other, tables);
  /** Runs statements in one transaction and applies what they changed, as it arrives by way of the network. */
  const write = (run: () => void): Changes | null => {
    one.exec('BEGIN');
    try {
      run();
    } catch (error) {
      one.exec('ROLLBACK');
      throw error;
    }
    const changes = capture.collect();
    one.exec('COMMIT');
    capture.committed();
    if (changes !== null) apply(JSON.parse(JSON.stringify(changes)), () => {});
    return changes;
  };
  const equal = async () => assert.deepEqual(await digestsOf(other, tables), await digestsOf(one, tables));
  return { one, other, capture, write, equal };
}

const id = fc.integer({ min: 1, max: 6 });
const text = fc.constantFrom('a', 'b', 'ä\u{1f600}', '', 'x\0y', '\x1a', '\x1a0\0');
const blob = fc.constantFrom(Buffer.alloc(0), Buffer.from([0]), Buffer.from('\\x00', 'latin1'));
const value = fc.oneof(fc.constant(null), text);
const number = fc.constantFrom(0, -1.5, 0.1, 5, 1e21, 2 ** 53 - 1);

/** One statement on the tables above. It may violate a constraint; then it does nothing. */
const statement = fc.oneof(
  fc.tuple(fc.constant('INSERT OR REPLACE INTO parents VALUES (?, ?)'), fc.tuple(id, value)),
  fc.tuple(fc.constant('INSERT OR IGNORE INTO parents VALUES (?, ?)'), fc.tuple(id, value)),
  fc.tuple(fc.constant('UPDATE OR REPLACE parents SET id = ? WHERE id = ?'), fc.tuple(id, id)),
  fc.tuple(fc.constant('UPDATE parents SET name = ? WHERE id = ?'), fc.tuple(value, id)),
  fc.tuple(fc.constant('DELETE FROM parents WHERE id = ?'), fc.tuple(id)),
  fc.tuple(fc.constant('INSERT INTO children (parent, weight) VALUES (?, ?)'), fc.tuple(id, number)),
  fc.tuple(fc.constant('DELETE FROM children WHERE parent = ?'), fc.tuple(id)),
  fc.tuple(
    fc.constant('INSERT INTO pairs VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET note = excluded.note'),
    fc.tuple(text, blob, value),
  ),
  fc.tuple(fc.constant('UPDATE OR REPLACE pairs SET a = ? WHERE a = ?'), fc.tuple(text, text)),
  fc.tuple(fc.constant('DELETE FROM pairs WHERE b = ?'), fc.tuple(blob)),
);

test('the changes of any transactions make another database equal', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(statement, { maxLength: 6 }), { maxLength: 12 }), async (batches) => {
      const { one, write, equal } = twoDatabases();
      for (const batch of batches) {
        write(() => {
          for (const [sql, values] of batch)
            try {
              one.prepare(sql).run(...values);
            } catch (error) {
              assert.match((error as Error).message, /constraint failed(: (parents|children|pairs)\.|$)/);
            }
        });
        await equal();
      }
    }),
    { numRuns: 60 },
  );
});

test('a row is listed once, as it is at the end, and a transaction without effect changes nothing', () => {
  const { one, write } = twoDatabases();
  const run = (sql: string) => () => void one.exec(sql);
  assert.deepEqual(
    write(run("INSERT INTO parents VALUES (1, 'a'), (2, 'b'); UPDATE parents SET name = 'c' WHERE id = 1")),
    {
      parents: {
        put: [
          { id: 1, name: 'c' },
          { id: 2, name: 'b' },
        ],
      },
    },
  );
  assert.deepEqual(write(run('UPDATE parents SET id = 3 WHERE id = 1')), {
    parents: { put: [{ id: 3, name: 'c' }], drop: [{ id: 1 }] },
  });
  assert.equal(write(run('SELECT 1')), null);
  const brief = write(run("INSERT INTO parents VALUES (9, 'z'); DELETE FROM parents WHERE id = 9"));
  assert.deepEqual(brief, { parents: { drop: [{ id: 9 }] } });
});

test('rolled-back changes are not part of the next transaction', () => {
  const { one, write } = twoDatabases();
  assert.throws(() =>
    write(() => {
      one.exec("INSERT INTO parents VALUES (1, 'a')");
      throw new Error('no');
    }),
  );
  assert.deepEqual(
    write(() => one.exec("INSERT INTO parents VALUES (2, 'b')")),
    { parents: { put: [{ id: 2, name: 'b' }] } },
  );
});

test('IDs that were used once are not used again after a takeover', () => {
  const { one, other, write } = twoDatabases();
  write(() =>
    one.exec(
      'INSERT INTO parents VALUES (1, NULL); INSERT INTO children (parent) VALUES (1), (1); DELETE FROM children',
    ),
  );
  assert.equal(other.prepare('INSERT INTO children (parent) VALUES (1)').run().lastInsertRowid, 3);
});

test('values arrive as they were: text with U+0000, bytes, numbers', () => {
  const column = (type: 'TEXT' | 'BLOB' | 'INTEGER') => ({
    name: 'x',
    type,
    isRequired: false,
    default: null,
  });
  for (const each of ['', '\0', '\x1a', '\x1a0\0', '\\x00', 'a\x1a1b']) {
    const sent = encodeField(each);
    assert.equal(String(sent).includes('\0'), false);
    assert.equal(decodeField(column('TEXT'), sent), each);
  }
  assert.deepEqual(decodeField(column('BLOB'), encodeField(Buffer.from([0, 255]))), Buffer.from([0, 255]));
  assert.equal(decodeField(column('INTEGER'), encodeField(2 ** 53 - 1)), 2 ** 53 - 1);
  assert.equal(decodeField(column('TEXT'), encodeField(null)), null);
});

test('changes of a table that this version does not have are refused as a whole', () => {
  const { other } = twoDatabases();
  const apply = changesApplier(other, tablesOf(other));
  const changes = { parents: { put: [{ id: 1, name: 'a' }] }, later: { put: [{ id: 1 }] } };
  assert.throws(() => apply(changes, () => {}), /later/);
  assert.equal(other.prepare('SELECT count(*) FROM parents').pluck().get(), 0);
});
