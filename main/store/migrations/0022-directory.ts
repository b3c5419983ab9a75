/** Users and rooms that agreed to be found by peers (docs/protocol/directory.md). Nobody did before. */
export const sql = `
CREATE TABLE listed_users (
  user_id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE listed_rooms (
  room_id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
`;
