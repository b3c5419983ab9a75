/** The IPC channels between the preload script and the app. Both ends derive the names from here. */
export const nodeChannel = (procedure: string): string => `node:${procedure}`;
export const shellChannel = (procedure: string): string => `shell:${procedure}`;
export const changeChannel = 'news:change';
export const shellChangeChannel = 'news:shell';
export const linkChannel = 'news:link';
