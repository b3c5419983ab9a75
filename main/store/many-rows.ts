import type { Db } from './database.ts';

type Value = string | number | null | Buffer;

/** The most rows that one statement writes. */
const rowsMax = 64;

/**
 * Writes many rows at a time. `begin` ends with VALUES; `end` says what happens to existing rows. There are statements
 * for 64, 32, … and 1 rows, so n rows need at most n / 64 + 6 statements.
 */
export function manyRows(
  db: Db,
  begin: string,
  columns: number,
  end = '',
): (rows: readonly (readonly Value[])[]) => void {
  const row = `(${Array.from({ length: columns }, () => '?').join(', ')})`;
  const prepare = (count: number) =>
    db.prepare<Value[]>(`${begin} ${Array.from({ length: count }, () => row).join(', ')} ${end}`);
  const statements = new Map([[1, prepare(1)]]);
  return (rows) => {
    const [only] = rows;
    if (rows.length === 1 && only) statements.get(1)?.run(...only);
    else writeAll(rows);
  };

  function writeAll(rows: readonly (readonly Value[])[]): void {
    let size = rowsMax;
    for (let at = 0; at < rows.length; at += size) {
      while (size > rows.length - at) size /= 2;
      const statement = statements.get(size) ?? prepare(size);
      statements.set(size, statement);
      statement.run(...rows.slice(at, at + size).flat());
    }
  }
}
