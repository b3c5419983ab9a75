export const files = import.meta.glob<string>('../../../docs/failures/{*,start/*}.md', {
  query: '?raw',
  import: 'default',
  eager: true,
});
