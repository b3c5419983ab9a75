/** What each source says about a server's keys, side by side, and no more than some dozens of each. */
export const sql = `
-- Public keys of servers, our own included. source: 'own', 'peer', or 'home:NAME' when a room's home vouched.
CREATE TABLE keys_by_source (
  server_name    TEXT NOT NULL,
  source         TEXT NOT NULL,
  key_id         TEXT NOT NULL,
  public_key     TEXT NOT NULL,
  valid_until    INTEGER NOT NULL,
  first_seen_at  INTEGER NOT NULL,
  extended_at    INTEGER,
  extended_until INTEGER,
  chain          TEXT,
  -- The server's domain, as the home says.
  domain         TEXT,
  PRIMARY KEY (server_name, source, key_id)
) STRICT, WITHOUT ROWID;
INSERT INTO keys_by_source
  SELECT server_name, source, key_id, public_key, valid_until, first_seen_at, extended_at, extended_until, chain,
    CASE WHEN source LIKE 'home:%' THEN coalesce((SELECT p.domain FROM federation_peer_trust_state p
      WHERE p.server_name = k.server_name), server_name) END
  FROM (SELECT *, row_number() OVER (PARTITION BY server_name ORDER BY valid_until DESC, key_id) AS place
        FROM federation_server_keys) k
  WHERE place <= 64 OR source = 'own';
DROP TABLE federation_server_keys;
ALTER TABLE keys_by_source RENAME TO federation_server_keys;
-- What a home says holds for its own rooms.
UPDATE federation_peer_trust_state SET domain = server_name WHERE mode = 'known';
`;
