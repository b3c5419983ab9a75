/** Indexes for a node with many rooms, peers and waiting rows: no question about one of them reads all of them. */
export const sql = `
CREATE INDEX rooms_by_creation ON rooms (created_at, room_id);
CREATE INDEX rooms_by_home ON rooms (home);
CREATE INDEX room_members_by_server ON room_members (server, state);
-- Also counts what waits for each destination without reading the rows.
CREATE INDEX federation_outbound_queue_by_state ON federation_outbound_queue (destination, state);
`;
