import type { NotExtended } from './key-validity.ts';

const reasons: Readonly<Record<NotExtended, string>> = {
  off: 'Extending keys is turned off in your settings. If its owner says that the key is still in use, extend it under “Keys” on its page, or turn the setting on.',
  'no-address':
    'No address of it is known, so this server cannot check that the key is still in use. Set its address, or ask its owner to renew the key.',
  'open-line':
    'This server reaches it over plain HTTP, where anyone on the way could answer in its place, so this server does not extend the key by itself. If its owner says that the key is still in use, extend it under “Keys” on its page.',
  'no-answer':
    'This server could not read the key at its address, so it cannot tell whether the key is still in use. It asks again every 10 minutes.',
  'not-served':
    'Its address no longer serves this key. Ask its owner which key it uses now, then look it up again at its address.',
};

/** What the owner reads about a peer none of whose keys is accepted any more. `why`: `null` while it is being asked. */
export function expiredText(validUntil: number, why: NotExtended | null): string {
  const day = new Date(validUntil).toISOString().slice(0, 10);
  const next = why === null ? 'This server is checking whether the key is still in use.' : reasons[why];
  return `Its key expired on ${day}, so this server accepts nothing from it. ${next}`;
}
