import type { Attachment } from 'svelte/attachments';

/** How far a finger goes, and how far the message follows it, in px. */
const swipePx = 56;
const followMaxPx = 72;
/** Swipes that begin at the edge of the screen are the system's. */
const edgePx = 24;

/** Calls `act` when a finger swipes the element to the right. */
export const swiping =
  (act: () => void): Attachment<HTMLElement> =>
  (element) => {
    let from: { readonly x: number; readonly y: number } | null = null;
    let by = 0;
    const move = (px: number): void => {
      by = px;
      element.style.translate = px === 0 ? '' : `${px}px`;
    };
    const end = (): void => {
      from = null;
      move(0);
    };
    const listeners = new AbortController();
    const on = <K extends keyof HTMLElementEventMap>(
      name: K,
      hear: (event: HTMLElementEventMap[K]) => void,
    ) => element.addEventListener(name, hear, { signal: listeners.signal });
    on('pointerdown', ({ pointerType, isPrimary, clientX: x, clientY: y }) => {
      from = pointerType === 'touch' && isPrimary && x > edgePx ? { x, y } : null;
    });
    on('pointermove', ({ isPrimary, clientX, clientY }) => {
      if (from === null || !isPrimary) return;
      const [dx, dy] = [clientX - from.x, Math.abs(clientY - from.y)];
      move(dx > 2 * dy && dx > 8 ? Math.min(dx, followMaxPx) : 0);
    });
    on('pointerup', () => {
      const isFar = by >= swipePx;
      end();
      if (isFar) act();
    });
    on('pointercancel', end);
    return () => listeners.abort();
  };
