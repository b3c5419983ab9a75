import type { Rectangle } from 'electron';
import type { WindowPlace } from '../preferences.ts';

export const usualSize = { width: 1180, height: 780 };
/** The screens also have a narrow layout. */
export const smallestSize = { minWidth: 360, minHeight: 480 };

/** A window can be moved if at least this much of its title bar is on a display. */
const grip = { width: 120, height: 48 };

/** The saved position, if a display still shows enough of the title bar there. Otherwise the system chooses. */
export function placeFor(
  saved: WindowPlace | null,
  workAreas: readonly Rectangle[],
): { width: number; height: number; x?: number; y?: number } {
  if (saved === null) return usualSize;
  const width = Math.max(saved.width, smallestSize.minWidth);
  const height = Math.max(saved.height, smallestSize.minHeight);
  const titleBar = { x: saved.x, y: saved.y, width, height: grip.height };
  const reachable = workAreas.some((area) => {
    const seen = overlap(titleBar, area);
    return seen.width >= grip.width && seen.height >= grip.height / 2;
  });
  return reachable ? { width, height, x: saved.x, y: saved.y } : { width, height };
}

function overlap(a: Rectangle, b: Rectangle): { width: number; height: number } {
  return {
    width: Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x),
    height: Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y),
  };
}
