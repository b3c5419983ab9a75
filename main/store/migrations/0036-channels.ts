/** Whether a channel has a message is found without reading the room. */
export const sql = `
-- Few messages are deleted. The others are in messages_by_arrival.
CREATE INDEX messages_deleted ON messages (room_id, channel_id) WHERE shown = 1 AND deleted = 1;
`;
