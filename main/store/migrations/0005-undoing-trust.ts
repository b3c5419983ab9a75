/** What an accepted invite changed about a server before that server answered, so that it can be undone. */
export const sql = `
-- before: what was known of the server when it was trusted for this invite, as JSON; NULL while it is not trusted for
-- it, or is by the owner's own decision.
ALTER TABLE peer_acceptances ADD COLUMN before TEXT;
`;
