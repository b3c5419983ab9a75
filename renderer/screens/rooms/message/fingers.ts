import type { Attachment } from 'svelte/attachments';

/** How far a finger goes, and how far the message follows it, in px. */
const swipePx = 56;
const followMaxPx = 72;
/** Swipes that begin at the edge of the screen are the system's. */
const edgePx = 24;
/** How long a finger rests, and how far it may move meanwhile. */
const holdMs = 450;
const tremblePx = 10;

/** Whether a swipe would do something if the finger left now. */
export type Swipe = 'short' | 'far' | null;

export interface Fingers {
  readonly canSwipe: () => boolean;
  /** A finger went far to the right. */
  readonly swipe: () => void;
  /** A finger rested on the element. */
  readonly hold: () => void;
  readonly swiped: (swipe: Swipe) => void;
}

/**
 * Tells what a finger does on the element, which follows a swipe. Links, code and players in it are held as everywhere.
 * Reads nothing reactive, because a finger may rest while something changes.
 */
export const fingers =
  ({ swipe, hold, canSwipe, swiped }: Fingers): Attachment<HTMLElement> =>
  (element) => {
    let from: { readonly x: number; readonly y: number } | null = null;
    let by = 0;
    let rests: ReturnType<typeof setTimeout> | undefined;
    let isHeld = false;
    const move = (px: number): void => {
      if (px === by) return;
      by = px;
      element.style.translate = px === 0 ? '' : `${px}px`;
      swiped(px === 0 ? null : px >= swipePx ? 'far' : 'short');
    };
    const end = (): void => {
      clearTimeout(rests);
      from = null;
      move(0);
    };
    const listeners = new AbortController();
    const on = <K extends keyof HTMLElementEventMap>(
      name: K,
      hear: (event: HTMLElementEventMap[K]) => void,
    ) => element.addEventListener(name, hear, { signal: listeners.signal });
    on('pointerdown', ({ pointerType, isPrimary, target, clientX: x, clientY: y }) => {
      end();
      isHeld = false;
      if (pointerType !== 'touch' || !isPrimary || x <= edgePx) return;
      from = { x, y };
      if (target instanceof Element && target.closest('a, pre, textarea, audio, video')) return;
      rests = setTimeout(() => {
        end();
        isHeld = true;
        hold();
      }, holdMs);
    });
    on('pointermove', ({ isPrimary, clientX, clientY }) => {
      if (from === null || !isPrimary) return;
      const [dx, dy] = [clientX - from.x, Math.abs(clientY - from.y)];
      if (Math.max(Math.abs(dx), dy) > tremblePx) clearTimeout(rests);
      if (canSwipe()) move(dx > 2 * dy && dx > 8 ? Math.min(dx, followMaxPx) : 0);
    });
    on('pointerup', () => {
      const isFar = by >= swipePx;
      end();
      if (isFar) swipe();
    });
    on('pointercancel', end);
    // Otherwise the finger that leaves presses what came below it meanwhile.
    on('touchend', (event) => {
      if (isHeld) event.preventDefault();
    });
    return () => {
      clearTimeout(rests);
      listeners.abort();
    };
  };
