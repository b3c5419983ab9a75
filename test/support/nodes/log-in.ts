import type { LocalNode } from './local-node.ts';

/** Logs a browser in at a node. Resolves with the headers of its requests. */
export async function logIn({
  api,
  control,
}: Pick<LocalNode, 'api' | 'control'>): Promise<Record<string, string>> {
  const { url } = await api.makeLoginLink({});
  const own = { origin: control, 'sec-fetch-site': 'same-origin' };
  const login = await fetch(`${control}/login`, {
    method: 'POST',
    headers: own,
    body: JSON.stringify({ code: url.split('/').at(-1) }),
  });
  return { ...own, cookie: (login.headers.get('set-cookie') ?? '').split(';')[0] ?? '' };
}
