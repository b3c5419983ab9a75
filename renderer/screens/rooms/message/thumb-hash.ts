/**
 * A picture in two dozen bytes: the colors that stand for it until it is there (https://evanw.github.io/thumbhash/).
 * Transparency is left out: we draw our pictures on white first, and don't read how transparent those of others are.
 */

/** Red, green, blue and opacity of each pixel, row by row. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/** Larger pictures give the same hash, slower. */
export const hashedPixelsMax = 100;
const shownPixelsMax = 32;
/** How finely the lightness of the longer side is described; less finely if the opacity needs space, too. */
const finest = { opaque: 7, transparent: 5 };

/** The waves of which a channel consists, without the first, which is its mean. */
function* waves(nx: number, ny: number): Generator<readonly [cx: number, cy: number]> {
  for (let cy = 0; cy < ny; cy++)
    for (let cx = cy === 0 ? 1 : 0; cx * ny < nx * (ny - cy); cx++) yield [cx, cy];
}

const wave = (c: number, at: number, length: number): number => Math.cos((Math.PI / length) * c * (at + 0.5));

const share = (part: number, width: number, height: number): number =>
  Math.max(1, Math.round((finest.opaque * part) / Math.max(width, height)));

/** The hash of an opaque picture, in Base64. */
export function thumbHashOf({ width, height, data }: Pixels): string {
  const [l, p, q]: [number[], number[], number[]] = [[], [], []];
  for (let at = 0; at < data.length; at += 4) {
    const [r = 0, g = 0, b = 0] = [0, 1, 2].map((n) => (data[at + n] ?? 0) / 255);
    l.push((r + g + b) / 3);
    p.push((r + g) / 2 - b);
    q.push(r - g);
  }
  const strength = (channel: readonly number[], cx: number, cy: number): number => {
    let sum = 0;
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        sum += (channel[x + y * width] ?? 0) * wave(cx, x, width) * wave(cy, y, height);
    return sum / (width * height);
  };
  const encoded = (channel: readonly number[], nx: number, ny: number) => {
    const strengths = [...waves(nx, ny)].map(([cx, cy]) => strength(channel, cx, cy));
    const scale = Math.max(...strengths.map(Math.abs));
    const steps = strengths.map((each) => Math.round(scale === 0 ? 0 : 7.5 + (7.5 / scale) * each));
    return { mean: strength(channel, 0, 0), scale, steps };
  };
  const [lx, ly] = [share(width, width, height), share(height, width, height)];
  const [lightness, yellow, red] = [
    encoded(l, Math.max(3, lx), Math.max(3, ly)),
    encoded(p, 3, 3),
    encoded(q, 3, 3),
  ];
  const isWide = width > height;
  const head =
    Math.round(63 * lightness.mean) |
    (Math.round(31.5 + 31.5 * yellow.mean) << 6) |
    (Math.round(31.5 + 31.5 * red.mean) << 12) |
    (Math.round(31 * lightness.scale) << 18);
  const more =
    (isWide ? ly : lx) |
    (Math.round(63 * yellow.scale) << 3) |
    (Math.round(63 * red.scale) << 9) |
    (Number(isWide) << 15);
  const bytes = [head, head >> 8, head >> 16, more, more >> 8].map((each) => each & 255);
  const steps = [lightness, yellow, red].flatMap((each) => each.steps);
  for (let n = 0; n < steps.length; n += 2) bytes.push((steps[n] ?? 0) | ((steps[n + 1] ?? 0) << 4));
  return btoa(String.fromCharCode(...bytes));
}

/** A small picture to be shown large. Whatever the text is, it takes the same short time. */
export function pixelsOf(thumbHash: string): Pixels {
  const bytes = [...atob(thumbHash)].map((sign) => sign.charCodeAt(0));
  const byte = (at: number): number => bytes[at] ?? 0;
  const head = byte(0) | (byte(1) << 8) | (byte(2) << 16);
  const more = byte(3) | (byte(4) << 8);
  const isTransparent = head >> 23 === 1;
  const longer = isTransparent ? finest.transparent : finest.opaque;
  const [rx, ry] = more >> 15 === 1 ? [longer, more & 7] : [more & 7, longer];
  const [lx, ly] = [Math.max(3, rx), Math.max(3, ry)];
  let nibble = 2 * (isTransparent ? 6 : 5);
  const decoded = (nx: number, ny: number, mean: number, scale: number) => ({
    mean,
    strengths: [...waves(nx, ny)].map(([cx, cy]) => {
      const step = (byte(nibble >> 1) >> (4 * (nibble++ & 1))) & 15;
      return { cx, cy, strength: 2 * (step / 7.5 - 1) * scale };
    }),
  });
  // A little more color, because so few steps make it pale.
  const lightness = decoded(lx, ly, (head & 63) / 63, ((head >> 18) & 31) / 31);
  const yellow = decoded(3, 3, ((head >> 6) & 63) / 31.5 - 1, (((more >> 3) & 63) / 63) * 1.25);
  const red = decoded(3, 3, ((head >> 12) & 63) / 31.5 - 1, (((more >> 9) & 63) / 63) * 1.25);
  const [width = 1, height = 1] = [rx, ry].map((part) =>
    Math.max(1, Math.round((shownPixelsMax * part) / Math.max(rx, ry))),
  );
  const data = new Uint8ClampedArray(4 * width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [l = 0, p = 0, q = 0] = [lightness, yellow, red].map(({ mean, strengths }) =>
        strengths.reduce(
          (sum, { cx, cy, strength }) => sum + strength * wave(cx, x, width) * wave(cy, y, height),
          mean,
        ),
      );
      const b = l - (2 / 3) * p;
      const r = (3 * l - b + q) / 2;
      data.set([255 * r, 255 * (r - q), 255 * b, 255], 4 * (x + y * width));
    }
  return { width, height, data };
}
