/** Tokens, backups, and texts to save as files. */
import * as v from 'valibot';
import { time } from './parts.ts';

export const TokenView = v.object({
  id: v.string(),
  name: v.string(),
  /** The local user it acts as. */
  user_id: v.string(),
  created_at: time,
  /** Accurate to about a minute. */
  last_used_at: v.nullable(time),
});

/** The only time the token itself is shown; the node stores a hash of it. */
export const NewTokenView = v.object({ ...TokenView.entries, token: v.string() });

/** A browser that is logged in to the console. */
export const BrowserView = v.object({
  id: v.string(),
  /** Such as “Firefox” and “Android”, as it names itself. */
  browser: v.nullable(v.string()),
  system: v.nullable(v.string()),
  created_at: time,
  /** Accurate to a day. */
  last_used_at: time,
});

export const BackupView = v.object({
  /** The folder's path on the node's computer. */
  folder: v.string(),
  bytes: v.number(),
  created_at: time,
});
export const NewBackupView = v.object({ ...BackupView.entries, verified: v.literal(true) });

/** A text to save under this name. */
export const FileView = v.object({ file_name: v.string(), text: v.string() });

/** `now`: unix ms. */
export const recoveryFileName = (serverName: string, now: number): string =>
  `${serverName.replace(/[^a-z0-9.-]/g, '_')}-recovery-${new Date(now).toISOString().slice(0, 10)}.json`;

export type BrowserView = v.InferOutput<typeof BrowserView>;
export type TokenView = v.InferOutput<typeof TokenView>;
export type NewTokenView = v.InferOutput<typeof NewTokenView>;
export type BackupView = v.InferOutput<typeof BackupView>;
export type NewBackupView = v.InferOutput<typeof NewBackupView>;
export type FileView = v.InferOutput<typeof FileView>;
