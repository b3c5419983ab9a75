/** RFC 3492, with the parameters for names of hosts. */
const base = 36;
const tMin = 1;
const tMax = 26;
const skew = 38;
const damp = 700;
const digits = 'abcdefghijklmnopqrstuvwxyz0123456789';

/**
 * The form of a host's name that is used on the wire: `xn--bcher-kva.example` for bücher.example. Null if it can't be a
 * name of a host.
 */
export function asciiForm(host: string): string | null {
  const labels = host
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[。．｡]/g, '.')
    .split('.');
  const forms = labels.map((label) => (/[^\u0000-\u007f]/.test(label) ? `xn--${encoded(label)}` : label));
  return forms.every((form) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(form)) ? forms.join('.') : null;
}

function encoded(label: string): string {
  const points = [...label].map((letter) => letter.codePointAt(0) ?? 0);
  let text = String.fromCodePoint(...points.filter((point) => point < 128));
  const plain = text.length;
  if (plain > 0) text += '-';
  let [bias, delta] = [72, 0];
  const rest = [...new Set(points.filter((point) => point >= 128))].sort((a, b) => a - b);
  for (const [at, next] of rest.entries()) {
    const before = at === 0 ? 128 : rest[at - 1]! + 1;
    const handled = points.filter((point) => point < next).length;
    delta += (next - before) * (handled + 1);
    let done = handled;
    for (const point of points) {
      if (point < next) delta++;
      if (point !== next) continue;
      text += digitsOf(delta, bias);
      bias = adapted(delta, done + 1, done === plain);
      delta = 0;
      done++;
    }
    delta++;
  }
  return text;
}

function digitsOf(delta: number, bias: number): string {
  let [text, left] = ['', delta];
  for (let k = base; ; k += base) {
    const threshold = Math.min(Math.max(k - bias, tMin), tMax);
    if (left < threshold) return text + digits.charAt(left);
    const over = left - threshold;
    text += digits.charAt(threshold + (over % (base - threshold)));
    left = Math.floor(over / (base - threshold));
  }
}

function adapted(delta: number, points: number, isFirst: boolean): number {
  let left = Math.floor(delta / (isFirst ? damp : 2));
  left += Math.floor(left / points);
  let k = 0;
  for (; left > ((base - tMin) * tMax) / 2; k += base) left = Math.floor(left / (base - tMin));
  return k + Math.floor(((base - tMin + 1) * left) / (left + skew));
}
