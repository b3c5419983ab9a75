/**
 * Replay rows in the order of time. By signature, each new row was on another page of the file, and every request wrote
 * one page more.
 */
export const sql = `
CREATE TABLE replays_by_time (
  signature  BLOB NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (expires_at, signature)
) STRICT, WITHOUT ROWID;
INSERT INTO replays_by_time SELECT signature, expires_at FROM federation_transport_replay_cache;
DROP TABLE federation_transport_replay_cache;
ALTER TABLE replays_by_time RENAME TO federation_transport_replay_cache;
`;
