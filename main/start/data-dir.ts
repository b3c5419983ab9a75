import envPaths from 'env-paths';

/** The platform's folder for application data: `~/.local/share/paracord-node` on Linux. Need not exist yet. */
export const defaultDataDir = (): string => envPaths('paracord-node', { suffix: '' }).data;
