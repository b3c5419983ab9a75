/** A square of a picture: its center, as parts of the width and height, and how many times it fits. */
export interface Crop {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

export const wholeCrop: Crop = { x: 0.5, y: 0.5, zoom: 1 };
export const zoomMax = 4;

/** The square in pixels of the picture. It never leaves it. */
export function squareOf(size: Size, { x, y, zoom }: Crop): { left: number; top: number; side: number } {
  const side = Math.min(size.width, size.height) / zoom;
  const within = (center: number, length: number) =>
    Math.min(Math.max(center * length - side / 2, 0), length - side);
  return { left: within(x, size.width), top: within(y, size.height), side };
}

/** Moves the square by parts of its own side. */
export function moved(size: Size, crop: Crop, by: { readonly x: number; readonly y: number }): Crop {
  const { left, top, side } = squareOf(size, crop);
  const at = { left: left + by.x * side, top: top + by.y * side };
  const next = {
    x: (at.left + side / 2) / size.width,
    y: (at.top + side / 2) / size.height,
    zoom: crop.zoom,
  };
  // The square's place in the end counts, so that the way back begins at once.
  const reached = squareOf(size, next);
  return {
    x: (reached.left + side / 2) / size.width,
    y: (reached.top + side / 2) / size.height,
    zoom: crop.zoom,
  };
}
