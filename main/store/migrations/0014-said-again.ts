/**
 * A depth that followed a wrong clock no longer counts (docs/protocol/events.md, "Depth"): rows get the depth that does,
 * and their rooms are projected again.
 */
export const sql = `
-- Events of ours that a wrong clock had dated, and what they were written again as; NULL where no rule let them.
CREATE TABLE said_again (
  event_id TEXT PRIMARY KEY,
  again_id TEXT
) STRICT, WITHOUT ROWID;

UPDATE rooms SET projected = 0 WHERE room_id IN
  (SELECT room_id FROM federation_events WHERE depth - origin_ts > 86400000);
UPDATE rooms SET info_depth = -1 WHERE info_depth >= 0 AND info_event_id IN
  (SELECT event_id FROM federation_events WHERE depth - origin_ts > 86400000);
UPDATE federation_events SET
  state = CASE WHEN state = 2 AND origin_ts <= unixepoch() * 1000 + 900000 THEN 0 ELSE state END,
  depth = origin_ts
WHERE depth - origin_ts > 86400000;
`;
