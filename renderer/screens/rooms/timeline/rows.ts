/** The timeline as the list shows it: one row a message, oldest first. */
import type { TimelineItem } from '../../../../shared/api/views/room-views.ts';
import { dayOf } from '../../../parts/time/time.ts';

/** Messages of one sender that follow one another this closely stand under one name. */
const groupMs = 5 * 60_000;

export interface Row {
  /** The message's event id. */
  readonly id: string;
  /** `null` while it is known to be there but not at hand: far from what is in view. */
  readonly item: TimelineItem | null;
  /** Another day than the row before it. */
  readonly startsDay: boolean;
  /** Shows who wrote it; the rows that follow do not say it again. A reply always does, above what it quotes. */
  readonly startsGroup: boolean;
}

/** Rows for messages that come oldest first, after the one that stands before them. */
export function rowsOf(items: readonly TimelineItem[], before: TimelineItem | null): Row[] {
  return items.map((item, at) => rowOf(item, items[at - 1] ?? before));
}

export function rowOf(item: TimelineItem, before: TimelineItem | null): Row {
  const startsDay = before === null || dayOf(before.origin_ts) !== dayOf(item.origin_ts);
  const startsGroup =
    startsDay ||
    before.sender !== item.sender ||
    before.deleted !== item.deleted ||
    item.reply_to !== null ||
    Math.abs(item.origin_ts - before.origin_ts) > groupMs;
  return { id: item.event_id, item, startsDay, startsGroup };
}

/**
 * The row above which to say that earlier messages are no longer kept here; -1 if it isn't at hand. Above it may be
 * messages that stay, such as the last one of each server.
 */
export function beginsKept(rows: readonly Row[], droppedTo: number | null, isComplete: boolean): number {
  if (droppedTo === null) return -1;
  const isOld = (row: Row | undefined) => row?.item != null && row.item.depth <= droppedTo;
  const at = rows.findIndex(
    (row, index) => row.item !== null && !isOld(row) && (index === 0 ? isComplete : isOld(rows[index - 1])),
  );
  return at < 0 && isComplete && isOld(rows.at(-1)) ? 0 : at;
}

/**
 * The old row where nothing changed, so that what is on the screen stays as it is. At a page's edge it keeps what it
 * knew of the row before it.
 */
export function keptRow(old: Row | undefined, row: Row, atEdge = false): Row {
  if (old === undefined) return row;
  const { startsDay, startsGroup } = atEdge ? old : row;
  const same =
    old.startsDay === startsDay &&
    old.startsGroup === startsGroup &&
    (old.item === row.item || JSON.stringify(old.item) === JSON.stringify(row.item));
  return same ? old : { ...row, startsDay, startsGroup };
}

/**
 * Whether rows came or went above what is in view, so that the list has to keep its distance from the end instead of
 * from the beginning.
 */
export function changedAbove(old: readonly Row[], rows: readonly Row[], firstInView: number): boolean {
  if (old.length === rows.length || old.length === 0) return false;
  for (let at = 0; at <= firstInView; at++) if (old[at]?.id !== rows[at]?.id) return true;
  return false;
}
