import { type AcmeConfig, letsEncrypt, type TlsConfig } from '../../shared/api/contract/tls.ts';
import { inputRefusal } from '../../shared/api/input.ts';
import { said } from '../../shared/words/said.ts';
import type { ChangeSettings } from '../change-settings.ts';
import type { Listeners } from '../http/listeners.ts';
import { addressKind, bare } from '../kernel/ip.ts';
import type { KeptName } from '../names/kept-name.ts';
import { nameRequestOf } from '../names/name-request.ts';
import { entranceAddress } from '../people/entrance-addresses.ts';
import type { EntranceTest } from '../people/entrance-test.ts';
import type { Reach } from '../reach/reach.ts';
import type { Settings } from '../settings.ts';
import type { Certificates } from '../tls/certificates.ts';
import type { SaidApi } from './answer.ts';

export interface NetworkDeps {
  readonly keptName: KeptName;
  readonly settings: Pick<Settings, 'get'>;
  readonly changeSettings: Pick<ChangeSettings, 'change'>;
  readonly listeners: Pick<Listeners, 'federationPort'>;
  readonly reach: Pick<Reach, 'outerPort' | 'whereabouts'>;
  readonly certificates: Pick<Certificates, 'mode' | 'pinnedSha256'>;
  readonly entranceTest: EntranceTest;
  readonly entranceUrls: () => readonly string[];
}

export function networkApi({
  keptName,
  settings,
  changeSettings,
  listeners,
  reach,
  certificates,
  entranceTest,
  entranceUrls,
}: NetworkDeps): Pick<SaidApi, 'keptName' | 'keepName' | 'dropName' | 'entranceAddresses' | 'testEntrance'> {
  /** A proxy has a certificate of its own, and at an address in the home network ours is one that only peers pin. */
  const isTrusted = (url: string) =>
    certificates.mode === 'off' || (certificates.pinnedSha256 === null && !isAtHome(url));
  /** A certificate for a name makes browsers warn at the address in the home network, so people get the name. */
  const urls = () => {
    const all = entranceUrls();
    const fitting = all.filter((url) => certificates.pinnedSha256 !== null || !isAtHome(url));
    return fitting.length > 0 ? fitting : all;
  };
  const addresses = () => ({
    items: urls().map((url) => {
      const isKept = new URL(url).hostname === keptName.kept?.name;
      const facts = { url, isKept, isTrusted: isTrusted(url), call: entranceTest.of(url) };
      return entranceAddress(facts, reach.whereabouts);
    }),
    next: null,
  });
  return {
    async entranceAddresses() {
      return addresses();
    },
    async testEntrance() {
      const called = urls().map((url) => ({
        url,
        tlsSha256: isTrusted(url) ? null : certificates.pinnedSha256,
      }));
      await entranceTest.run(called);
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
  };
}

const isAtHome = (url: string): boolean => addressKind(bare(new URL(url).hostname)) === 'private';

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
