import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import type { BotTokens } from '../access/bot-tokens.ts';
import { type Logins, sessionId } from '../access/logins.ts';
import type { Listeners } from '../http/listeners.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Backup, Backups } from '../store/backup/backup.ts';
import type { SessionRow, TokenRow } from '../store/tables/access-store.ts';
import { pageOf, type SaidApi } from './answer.ts';

export interface AccessDeps {
  readonly keyring: Keyring;
  readonly logins: Pick<Logins, 'makeCode' | 'list' | 'end'>;
  readonly listeners: Pick<Listeners, 'consoleUrl'>;
  readonly bots: Pick<BotTokens, 'all' | 'make' | 'revoke'>;
  readonly backups: Pick<Backups, 'make' | 'list'>;
}

export function accessApi(deps: AccessDeps) {
  const { keyring, logins, listeners, bots, backups } = deps;
  return {
    async makeLoginLink() {
      const { code, expiresAt } = logins.makeCode();
      return { url: `${listeners.consoleUrl}/#/login/${code}`, expires_at: expiresAt };
    },
    async browsers() {
      return { items: logins.list().map(browserView), next: null };
    },
    async logOutBrowser({ id }) {
      if (!(await logins.end(id))) throw refusal('NOT_FOUND', said('login.no_browser'));
      return { done: true };
    },
    async tokens(input) {
      const page = pageOf(bots.all(), input, (token) => token.id);
      return { ...page, items: page.items.map(tokenView) };
    },
    addToken: (input) => bots.make(input.name, input.user_id),
    async revokeToken(input) {
      await bots.revoke(input.id);
      return { done: true };
    },
    async backUp({ without_files: isWithout = false }) {
      return { ...backupView(await backups.make(keyring.serverName, !isWithout)), verified: true };
    },
    async backups() {
      return { items: (await backups.list()).map(backupView), next: null };
    },
  } satisfies Partial<SaidApi>;
}

/** The hash is never shown. */
const browserView = ({ hash, browser, system, created_at, last_used_at }: SessionRow) => ({
  id: sessionId(hash),
  browser,
  system,
  created_at,
  last_used_at,
});

/** The hash is never shown. */
const tokenView = ({ id, name, user_id, created_at, last_used_at }: TokenRow) => ({
  id,
  name,
  user_id,
  created_at,
  last_used_at,
});

const backupView = ({ folder, bytes, createdAt }: Backup) => ({ folder, bytes, created_at: createdAt });
