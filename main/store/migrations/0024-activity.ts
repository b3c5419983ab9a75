/** The traffic of the last day, so that the plots on the overview survive a restart. */
export const sql = `
-- minute: since 1970. Counts of events and of delivery attempts; times of answers in milliseconds.
CREATE TABLE activity (
  minute        INTEGER PRIMARY KEY,
  received      INTEGER NOT NULL,
  delivered     INTEGER NOT NULL,
  failed        INTEGER NOT NULL,
  answers       INTEGER NOT NULL,
  answer_ms_sum INTEGER NOT NULL,
  answer_ms_max INTEGER NOT NULL
) STRICT;
`;
