/**
 * Who holds the truth: the file node.db, or PostgreSQL (docs/decisions/0068-one-write-decides-a-move.md). Each says what
 * it is; the one that gives the truth away says so first, in one commit, and that commit decides. Decisions only, no I/O.
 */

/** What node.db says of itself. */
export type FileRole =
  /** It has always been the truth, or is again. */
  | { readonly role: 'truth' }
  /** It is a copy of this database. `leaving`: the ID of a move back to it that may have been decided. */
  | { readonly role: 'copy'; readonly database: string; readonly leaving: string | null };

/** What PostgreSQL says of itself. */
export type DatabaseRole =
  | { readonly role: 'empty' }
  /** Something that no Paracord Node made, or no version that this one knows. */
  | { readonly role: 'foreign' }
  /** A move began to fill it and hasn't been decided. */
  | { readonly role: 'filling'; readonly database: string }
  | { readonly role: 'truth'; readonly database: string }
  /** The move with this ID returned the truth to the file. */
  | { readonly role: 'left'; readonly database: string; readonly leaving: string };

export type Verdict =
  | 'file'
  | 'database'
  /** The truth is in PostgreSQL, which doesn't know yet: its mark has to be changed before it is used. */
  | 'open-database'
  /** The truth is in the file, which doesn't know yet: the mark has to be removed before it is used. */
  | 'free-file'
  /** The copy belongs to another database, or to one that was emptied. */
  | 'another-database'
  /** The data was moved to the file of another data folder. */
  | 'moved-elsewhere';

/** Who holds the truth for the owner of this file, whatever was interrupted. */
export function whoHoldsIt(file: FileRole, database: DatabaseRole): Verdict {
  if (file.role === 'truth') return 'file';
  if (database.role === 'empty' || database.role === 'foreign') return 'another-database';
  if (database.database !== file.database) return 'another-database';
  switch (database.role) {
    case 'filling':
      return 'open-database';
    case 'truth':
      return 'database';
    case 'left':
      return database.leaving === file.leaving ? 'free-file' : 'moved-elsewhere';
  }
}

/** Whether a move may fill this database. */
export type Target = 'fill' | 'fill-again' | 'not-empty' | 'in-use' | 'other-server';

/** `server`: whose data the database has, `own`: who moves. An unfinished or abandoned copy of our own is replaced. */
export function targetFor(database: DatabaseRole, server: string | null, own: string | null): Target {
  switch (database.role) {
    case 'empty':
      return 'fill';
    case 'foreign':
      return 'not-empty';
    case 'truth':
      return server === own || server === null ? 'in-use' : 'other-server';
    case 'filling':
    case 'left':
      return server === own || server === null ? 'fill-again' : 'other-server';
  }
}

/** What a move to PostgreSQL does next. */
export type Step = 'copy' | 'follow' | 'verify' | 'switch';

export interface Moved {
  readonly isCopied: boolean;
  readonly isVerified: boolean;
  /** How long the last round of changes took, and how often there was one since the last other step. */
  readonly roundMs: number;
  readonly rounds: number;
}

/** A round that takes longer would make writers wait too long at the switch. */
export const shortRoundMs = 200;
/** If the node writes faster than PostgreSQL stores, waiting longer doesn't help. */
export const roundsMax = 50;

/** Follows until what is left is small, because the last round is made while nothing is written. */
export function nextStep({ isCopied, isVerified, roundMs, rounds }: Moved): Step {
  if (!isCopied) return 'copy';
  if (rounds === 0 || (roundMs > shortRoundMs && rounds < roundsMax)) return 'follow';
  return isVerified ? 'switch' : 'verify';
}
