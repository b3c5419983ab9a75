export const files = import.meta.glob<string>('../../../docs/failures/de/{*,start/*}.md', {
  query: '?raw',
  import: 'default',
  eager: true,
});
