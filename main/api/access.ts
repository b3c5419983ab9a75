import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import { noteRecovery, readRecovery, writeRecovery } from '../identity/recovery.ts';
import type { Identity } from '../identity/vault.ts';
import type { TokenRow } from '../store/tables/token-store.ts';
import { diagnosticsFile } from './diagnostics.ts';
import { addUser, recordOwnKeys, statusView } from './node.ts';
import { pageOf } from './page.ts';
import type { ApiParts } from './parts.ts';
import type { SaidApi } from './said-api.ts';

type AccessApi = Pick<
  SaidApi,
  | 'exportIdentity'
  | 'recoverIdentity'
  | 'tokens'
  | 'addToken'
  | 'revokeToken'
  | 'backUp'
  | 'backups'
  | 'diagnostics'
>;

const tokensMax = 1000;

export function accessApi(parts: ApiParts): AccessApi {
  const { keyring, store, changes, ports, bots, backups } = parts;
  return {
    async exportIdentity(input) {
      const identity = keyring.secrets();
      const now = ports.clock.now();
      const file = await writeRecovery(identity, input.passphrase, now);
      // If the keys were rotated meanwhile, this notes a key that is not the newest: no file yet, and so it is.
      await store.writer.write(() => noteRecovery(store, identity.keys[0]?.key_id ?? null, now));
      changes.publish({ topic: 'keys' });
      return file;
    },
    async recoverIdentity(input) {
      const { identity, createdAt } = await readRecovery(input.text, input.passphrase);
      refuseForeignData(parts, identity);
      keyring.adopt(identity);
      keyring.renew();
      await recordOwnKeys(parts);
      await store.writer.write(() => noteRecovery(store, keyring.newestKeyId, createdAt));
      if (store.users.users().length === 0) await addUser(parts, input.owner, input.owner);
      changes.publish({ topic: 'keys' });
      changes.publish({ topic: 'settings' });
      return statusView(parts);
    },
    async tokens(input) {
      const page = pageOf(store.tokens.all(), input, (token) => token.id);
      return { ...page, items: page.items.map(tokenView) };
    },
    async addToken(input) {
      if (!store.users.byUserId(input.user_id))
        throw refusal('BAD_REQUEST', said('token.no_user', { user: input.user_id }));
      if (store.tokens.all().length >= tokensMax)
        throw refusal('CONFLICT', said('token.too_many', { max: tokensMax }));
      const made = await bots.make(input.name, input.user_id);
      changes.publish({ topic: 'settings' });
      return made;
    },
    async revokeToken(input) {
      if (!(await bots.revoke(input.id))) throw refusal('NOT_FOUND', said('token.unknown', { id: input.id }));
      changes.publish({ topic: 'settings' });
      return { done: true };
    },
    async backUp() {
      const { folder, bytes, createdAt } = await backups.make(keyring.serverName);
      changes.publish({ topic: 'settings' });
      return { folder, bytes, created_at: createdAt, verified: true };
    },
    async backups() {
      const items = (await backups.list()).map(({ folder, bytes, createdAt }) => ({
        folder,
        bytes,
        created_at: createdAt,
      }));
      return { items, next: null };
    },
    async diagnostics() {
      return diagnosticsFile(parts);
    },
  };
}

/** The hash stays here. */
const tokenView = ({ id, name, user_id, created_at, last_used_at }: TokenRow) => ({
  id,
  name,
  user_id,
  created_at,
  last_used_at,
});

/** A database whose users are another server's would speak in their names. */
function refuseForeignData({ store }: ApiParts, { server_name, domain }: Identity): void {
  const stranger = store.users.users().find((user) => !user.user_id.endsWith(`:${domain}`));
  if (stranger)
    throw refusal('CONFLICT', said('recovery.foreign_data', { user: stranger.user_id, server: server_name }));
}
