/** docs/failures, built into the screens: `peer-refusing`, `start/disk`, `README`. Loaded on demand. */
const files = import.meta.glob<string>('../../../docs/failures/{*,start/*}.md', {
  query: '?raw',
  import: 'default',
  eager: true,
});

export const pages: ReadonlyMap<string, string> = new Map(
  Object.entries(files).map(([path, markdown]) => [path.replace(/^.*docs\/failures\/|\.md$/g, ''), markdown]),
);
