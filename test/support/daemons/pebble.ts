import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { certificateFor } from '../attack/tls.ts';
import { freePorts } from '../nodes/free-ports.ts';
import { startProgram } from '../nodes/program.ts';
import { withoutPackage } from './packages.ts';

/** Pebble, an ACME authority for tests, with a DNS server that answers every name with 127.0.0.1. */
export interface Pebble {
  readonly directory: string;
  /** The ports where it validates HTTP-01 and TLS-ALPN-01. */
  readonly httpPort: number;
  readonly tlsPort: number;
  /** The root for checking its certificates, in PEM. */
  readonly root: string;
  /** The certificate of its directory in PEM, for other processes. */
  readonly caFile: string;
  /** Sets what its DNS server gives for a name from now on. */
  setTexts(name: string, texts: readonly string[]): Promise<void>;
  /** How many orders have been placed so far. */
  orders(): number;
  stop(): void;
}

export const noPebble = withoutPackage('pebble');
export const certifiedDays = 90;
/** Names for which it refuses certificates. */
export const blockedName = 'blocked.test';

/** `dnsServer`: another one to ask, as HOST:PORT. */
export async function startPebble({ dnsServer }: { readonly dnsServer?: string } = {}): Promise<Pebble> {
  const dir = mkdtempSync(join(tmpdir(), 'paracord-pebble-'));
  const [api, management, http, tls, dns, dnsManagement] = await freePorts(6);
  const pair = await certificateFor('localhost');
  const caFile = join(dir, 'cert.pem');
  writeFileSync(caFile, pair.cert);
  writeFileSync(join(dir, 'key.pem'), pair.key);
  const config = {
    listenAddress: `127.0.0.1:${api}`,
    managementListenAddress: `127.0.0.1:${management}`,
    certificate: caFile,
    privateKey: join(dir, 'key.pem'),
    httpPort: http,
    tlsPort: tls,
    ocspResponderURL: '',
    externalAccountBindingRequired: false,
    certificateValidityPeriod: certifiedDays * 86_400,
    domainBlocklist: [blockedName],
  };
  writeFileSync(join(dir, 'config.json'), JSON.stringify({ pebble: config }));
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, pair.cert]);
  const names = await startProgram(
    'pebble-challtestsrv',
    [
      ...['-http01', '', '-https01', '', '-tlsalpn01', '', '-defaultIPv4', '127.0.0.1', '-defaultIPv6', ''],
      ...['-dns01', `127.0.0.1:${dns}`, '-management', `127.0.0.1:${dnsManagement}`],
    ],
    { ready: /Starting challenge servers/ },
  );
  const pebble = await startProgram(
    'pebble',
    ['-config', join(dir, 'config.json'), '-dnsserver', dnsServer ?? `127.0.0.1:${dns}`],
    {
      ready: /ACME directory available/,
      // It refuses some valid nonces, as any authority may, and doesn't reuse earlier validations.
      env: { PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '10', PEBBLE_AUTHZREUSE: '0' },
    },
  );
  const rootAnswer = await fetch(`https://localhost:${management}/roots/0`);
  return {
    directory: `https://localhost:${api}/dir`,
    httpPort: http!,
    tlsPort: tls!,
    root: await rootAnswer.text(),
    caFile,
    async setTexts(name, texts) {
      const set = async (path: string, body: object) => {
        const url = `http://127.0.0.1:${dnsManagement}/${path}`;
        await fetch(url, { method: 'POST', body: JSON.stringify(body) });
      };
      await set('clear-txt', { host: `${name}.` });
      for (const value of texts) await set('set-txt', { host: `${name}.`, value });
    },
    orders: () => pebble.said().match(/There are now \d+ orders in the db/g)?.length ?? 0,
    stop() {
      pebble.stop();
      names.stop();
      setDefaultCACertificates(before);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
