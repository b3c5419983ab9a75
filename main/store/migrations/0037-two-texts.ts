/** What tells two texts with one ID apart, and what a size limit drops first. */
export const sql = `
-- What was signed counts in digests. NULL if its text had been erased before, because digests leave out erased events.
-- Of events dropped before this, only the ID is known: digests differ there.
ALTER TABLE dropped_events ADD COLUMN signed BLOB;
UPDATE dropped_events SET signed = hash WHERE counts = 1;
ALTER TABLE dropped_events DROP COLUMN counts;

-- What nobody is shown: events ahead of the clock, and types that this version doesn't know (retention-store.ts).
CREATE INDEX federation_events_spare ON federation_events (room_id, depth, event_id)
  WHERE state = 2 OR event_type NOT IN ('m.message', 'm.message.edit', 'm.message.delete', 'm.reaction.add',
    'm.reaction.remove', 'm.member.join', 'm.member.leave', 'm.member.invite', 'm.member.uninvite', 'm.room.info');
`;
