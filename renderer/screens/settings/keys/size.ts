const units = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;

/** A number of bytes as people say it: “12.4 MB”. */
export function sizeInWords(bytes: number): string {
  let size = bytes;
  let unit = 0;
  // What rounds to a thousand is one of the next unit.
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${unit === 0 || size >= 99.95 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}
