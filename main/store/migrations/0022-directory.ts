/** Users and rooms that peers may find (docs/protocol/directory.md). By default, none. */
export const sql = `
CREATE TABLE listed_users (
  user_id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE listed_rooms (
  room_id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
`;
