import type { Db } from '../database.ts';

export interface UserRow {
  readonly id: number;
  readonly user_id: string;
  readonly localpart: string;
  readonly display_name: string;
  readonly created_at: number;
}

/** The people of this server; the first is the owner. */
export class UserStore {
  private readonly statements;

  constructor(db: Db) {
    this.statements = {
      add: db.prepare('INSERT INTO users (user_id, localpart, display_name, created_at) VALUES (?, ?, ?, ?)'),
      users: db.prepare<[], UserRow>('SELECT * FROM users ORDER BY id'),
      byId: db.prepare<[string], UserRow>('SELECT * FROM users WHERE user_id = ?'),
    };
  }

  add(user: Omit<UserRow, 'id'>): void {
    this.statements.add.run(user.user_id, user.localpart, user.display_name, user.created_at);
  }

  users(): UserRow[] {
    return this.statements.users.all();
  }

  byUserId(userId: string): UserRow | undefined {
    return this.statements.byId.get(userId);
  }
}
