import { federationPrefix } from '../../shared/protocol/transport.ts';
import { wordsIn } from '../../shared/words/words.ts';
import type { OwnAddress } from '../addresses/own-address.ts';
import type { ChangeFeed } from '../changes.ts';
import { portOf } from '../client/probe.ts';
import type { NodeConfig } from '../config.ts';
import { Listeners } from '../http/listeners.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Log } from '../kernel/log.ts';
import type { Ports } from '../kernel/ports.ts';
import { Reach } from '../reach/reach.ts';
import type { Settings } from '../settings.ts';
import type { Store } from '../store/store.ts';
import { Certificates } from '../tls/certificates.ts';

interface Ground {
  readonly config: NodeConfig;
  readonly ports: Ports;
  readonly log: Log;
  readonly store: Store;
  readonly keyring: Keyring;
  readonly settings: Settings;
  readonly changes: ChangeFeed;
  /** Peers may be told another address from now on. */
  readonly onAddress: () => void;
}

/** How others come in: the sockets, the certificate they are shown, the way through the router. */
export function composeWayIn({ config, ports, log, store, keyring, settings, changes, onAddress }: Ground) {
  const { clock, random } = ports;
  const publicUrl = () => settings.get().public_url;
  const certifiedNames = () => {
    const base = publicUrl();
    if (base !== null) return [new URL(base).hostname];
    return keyring.isSetUp ? [keyring.serverName] : [];
  };
  const certificates: Certificates = new Certificates(settings.get().tls, {
    ...{ dataDir: config.dataDir, version: config.version, clock, random, log },
    names: certifiedNames,
    publicPort: () => {
      const url = publicUrl();
      return url === null ? null : portOf(new URL(url));
    },
    listenPort: () => listeners.federationPort,
    openDoor: (request) => reach.openDoor(request),
    changed: () => {
      reach.apply();
      onAddress();
      changes.publish({ topic: 'settings' });
    },
    tell: (level, news) => {
      log[level === 'warning' ? 'warn' : 'info'](wordsIn('en').say(news));
      changes.publish({ topic: 'notice', level, said: news });
    },
  });
  let namesBefore = certifiedNames().join();
  changes.subscribe(({ change }) => {
    if (change.topic !== 'settings' || certifiedNames().join() === namesBefore) return;
    namesBefore = certifiedNames().join();
    certificates.reconsider();
  });
  const listeners: Listeners = new Listeners(
    {
      ...config,
      port: settings.get().port,
      tlsIsByFlag: config.byFlag?.has('tls') === true,
      waitsForPort: config.waitsForPort === true && config.byFlag?.has('port') !== true,
      onHeard: () => {
        reach.begin();
        changes.publish({ topic: 'settings' });
      },
    },
    clock,
    certificates,
  );
  const reach: Reach = new Reach({
    ...{ config, settings, store, clock, random, log },
    listenPort: () => listeners.federationPort,
    tlsMode: () => certificates.mode,
    onChange: () => {
      onAddress();
      changes.publish({ topic: 'settings' });
    },
  });
  const ownAddress = (): OwnAddress => {
    const base = reach.publicUrl;
    const isTls = base?.startsWith('https:') === true;
    return {
      endpoint: base === null ? null : base + federationPrefix,
      tlsSha256: isTls ? certificates.pinnedSha256 : null,
    };
  };
  return { certificates, listeners, reach, ownAddress };
}
