import { withUnit } from '../../../text/format.ts';

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** A number of bytes as people say it: “12.4 MB”. */
export function sizeInWords(bytes: number): string {
  let size = bytes;
  let unit = 0;
  // What rounds to a thousand is one of the next unit.
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  const digits = unit === 0 || size >= 99.95 ? 0 : 1;
  return withUnit(size, units[unit] ?? 'byte', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    unitDisplay: unit === 0 ? 'long' : 'short',
  });
}
