/** How much of each room came from which server (docs/protocol/hardening.md, "What is kept for others"). */
export const sql = `
-- The bytes of a room's events that one server sent, no matter who wrote them.
CREATE TABLE room_shares (
  room_id TEXT NOT NULL,
  server  TEXT NOT NULL,
  bytes   INTEGER NOT NULL,
  PRIMARY KEY (room_id, server)
) STRICT, WITHOUT ROWID;
INSERT INTO room_shares
  SELECT room_id, received_from, sum(octet_length(body) + 700) FROM federation_events
  WHERE received_from IS NOT NULL GROUP BY room_id, received_from;
`;
