import manifest from '../../package.json' with { type: 'json' };
import type { FindingCode } from '../../shared/protocol/reasons.ts';

/** What of package.json says where the repository can be read in a browser. */
interface Manifest {
  readonly name?: string;
  readonly repository?: string | { readonly url: string };
}

/**
 * The page that explains a finding, by its code: its address where package.json names a repository on the web, else
 * its path in the repository.
 */
export function failurePage(code: FindingCode, { repository }: Manifest = manifest): string {
  const path = `docs/failures/${code}.md`;
  const named = typeof repository === 'string' ? repository : repository?.url;
  const web = named?.replace(/^git\+/, '').replace(/\.git$/, '');
  return web?.startsWith('https://') ? `${web}/blob/HEAD/${path}` : path;
}
