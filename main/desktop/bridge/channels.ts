/** The names that travel between the page's preload and the app; derived, so that neither end can invent one. */
export const nodeChannel = (procedure: string): string => `node:${procedure}`;
export const shellChannel = (procedure: string): string => `shell:${procedure}`;
export const changeChannel = 'news:change';
export const shellChangeChannel = 'news:shell';
export const linkChannel = 'news:link';
