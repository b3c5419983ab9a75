import { type AcmeConfig, letsEncrypt, type TlsConfig } from '../../shared/api/contract/tls.ts';
import { inputRefusal } from '../../shared/api/input.ts';
import { said } from '../../shared/words/said.ts';
import type { ChangeSettings } from '../change-settings.ts';
import type { Listeners } from '../http/listeners.ts';
import type { KeptName } from '../names/kept-name.ts';
import { nameRequestOf } from '../names/name-request.ts';
import { entranceAddress } from '../people/entrance-addresses.ts';
import type { EntranceTest } from '../people/entrance-test.ts';
import type { Reach } from '../reach/reach.ts';
import type { Settings } from '../settings.ts';
import type { Tables } from '../store/ports.ts';
import type { SaidApi } from './answer.ts';

export interface NetworkDeps {
  readonly keptName: KeptName;
  readonly store: Tables<'accountSessions' | 'passkeys'>;
  readonly settings: Pick<Settings, 'get'>;
  readonly changeSettings: Pick<ChangeSettings, 'change'>;
  readonly listeners: Pick<Listeners, 'federationPort'>;
  readonly reach: Pick<Reach, 'outerPort'>;
  readonly entranceTest: Pick<EntranceTest, 'facts' | 'run' | 'whereabouts'>;
}

export function networkApi({
  keptName,
  store,
  settings,
  changeSettings,
  listeners,
  reach,
  entranceTest,
}: NetworkDeps) {
  const addresses = () => ({
    items: entranceTest.facts.map((facts) => {
      const host = new URL(facts.url).hostname;
      const pushShown = store.accountSessions.hasShownAt(host);
      const passkeyUsed = store.passkeys.isUsedAt(host);
      return entranceAddress(facts, entranceTest.whereabouts, { pushShown, passkeyUsed });
    }),
    next: null,
  });
  return {
    async entranceAddresses() {
      return addresses();
    },
    async testEntrance() {
      await entranceTest.run();
      return addresses();
    },
    async keptName() {
      return { kept: keptName.view };
    },
    async keepName(input) {
      const { tls } = settings.get();
      if (tls.mode !== 'acme' && input.terms_agreed !== true)
        throw inputRefusal([{ field: 'terms_agreed', message: said('expected.terms') }]);
      const request = nameRequestOf(input, keptName.kept);
      const port = (request.which === 'public' ? reach.outerPort : null) ?? listeners.federationPort;
      await keptName.keep(request);
      await changeSettings.change({
        tls: certifying(request.name, tls),
        public_url: `https://${request.name}${port === 443 ? '' : `:${port}`}`,
      });
      return { kept: keptName.view };
    },
    async dropName() {
      const name = keptName.kept?.name;
      const { tls, public_url } = settings.get();
      await keptName.drop();
      const isCertified = tls.mode === 'acme' && tls.challenge === 'dns-01';
      const isOurs = name !== undefined && public_url !== null && new URL(public_url).hostname === name;
      await changeSettings.change({
        ...(isCertified ? { tls: { mode: 'self-signed' } } : {}),
        ...(isOurs ? { public_url: null } : {}),
      });
      return { done: true };
    },
  } satisfies Partial<SaidApi>;
}

/** The authority and the contact address stay. */
function certifying(name: string, now: TlsConfig): AcmeConfig {
  const { directory, staging, email }: Partial<AcmeConfig> = now.mode === 'acme' ? now : {};
  return {
    mode: 'acme',
    terms_agreed: true,
    names: [name],
    challenge: 'dns-01',
    http: null,
    email: email ?? null,
    directory: directory ?? letsEncrypt.directory,
    ...(staging === undefined ? {} : { staging }),
  };
}
