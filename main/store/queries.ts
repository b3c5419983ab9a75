import type { Db } from './database.ts';

type Values = unknown[];

/** The queries of a table: each is prepared once, and is a function of its values from then on. */
export class Queries {
  protected readonly db: Db;

  constructor(db: Db) {
    this.db = db;
  }

  /** Reads the first row; undefined without one. */
  protected row<K extends Values, Row>(sql: string): (...values: K) => Row | undefined {
    const statement = this.db.prepare<K, Row>(sql);
    return statement.get.bind(statement);
  }

  protected rows<K extends Values, Row>(sql: string): (...values: K) => Row[] {
    const statement = this.db.prepare<K, Row>(sql);
    return statement.all.bind(statement);
  }

  /** Reads rows one after the other, as far as the caller goes. */
  protected each<K extends Values, Row>(sql: string): (...values: K) => IterableIterator<Row> {
    const statement = this.db.prepare<K, Row>(sql);
    return statement.iterate.bind(statement);
  }

  /** Reads the first column of the first row; undefined without a row. */
  protected value<K extends Values, T>(sql: string): (...values: K) => T | undefined {
    const statement = this.db.prepare<K, T>(sql).pluck();
    return statement.get.bind(statement) as (...values: K) => T | undefined;
  }

  /** Reads the first column of all rows. */
  protected values<K extends Values, T>(sql: string): (...values: K) => T[] {
    const statement = this.db.prepare<K, T>(sql).pluck();
    return statement.all.bind(statement) as (...values: K) => T[];
  }

  /** Reads a number, such as a count; 0 without a row. */
  protected number<K extends Values>(sql: string): (...values: K) => number {
    const read = this.value<K, number | null>(sql);
    return (...values) => read(...values) ?? 0;
  }

  /** Whether there is a row. */
  protected has<K extends Values>(sql: string): (...values: K) => boolean {
    const read = this.row<K, unknown>(sql);
    return (...values) => read(...values) !== undefined;
  }

  protected run<K extends Values = Values>(sql: string): (...values: K) => void {
    const statement = this.db.prepare<K>(sql);
    return statement.run.bind(statement);
  }

  /** Returns the number of the row that it inserts. */
  protected inserts<K extends Values>(sql: string): (...values: K) => number {
    const statement = this.db.prepare<K>(sql);
    return (...values) => Number(statement.run(...values).lastInsertRowid);
  }

  /** Returns how many rows it changed. */
  protected changes<K extends Values = Values>(sql: string): (...values: K) => number {
    const statement = this.db.prepare<K>(sql);
    return (...values) => statement.run(...values).changes;
  }

  /** Returns whether it changed a row. */
  protected changed<K extends Values = Values>(sql: string): (...values: K) => boolean {
    const change = this.changes<K>(sql);
    return (...values) => change(...values) > 0;
  }
}
