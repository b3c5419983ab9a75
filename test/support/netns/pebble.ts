import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { certificateFor } from '../attack/tls.ts';
import { tempDir } from '../temp.ts';
import type { Place } from './netns.ts';

export interface PlacedPebble {
  readonly directory: string;
  /** PEM file of the certificate that its directory shows. */
  readonly caFile: string;
  /** PEM file of the root for checking its certificates. */
  readonly rootFile: string;
}

const fetchRoot = `require('node:https').get('https://127.0.0.1:15000/roots/0', { rejectUnauthorized: false },
  (answer) => answer.pipe(process.stdout))`;

/** Pebble as an authority on the internet, which validates on ports 80 and 443 like all authorities. */
export async function startPlacedPebble(
  t: Pick<TestContext, 'after'>,
  place: Place,
  address: string,
): Promise<PlacedPebble> {
  const dir = tempDir(t);
  const pair = await certificateFor(address);
  const [caFile, keyFile, rootFile] = ['cert.pem', 'key.pem', 'root.pem'].map((name) => join(dir, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(caFile, pair.cert);
  writeFileSync(keyFile, pair.key);
  const config = {
    listenAddress: `${address}:14000`,
    managementListenAddress: '127.0.0.1:15000',
    certificate: caFile,
    privateKey: keyFile,
    httpPort: 80,
    tlsPort: 443,
    ocspResponderURL: '',
    externalAccountBindingRequired: false,
    certificateValidityPeriod: 90 * 86_400,
  };
  writeFileSync(join(dir, 'config.json'), JSON.stringify({ pebble: config }));
  const pebble = place.spawn(t, 'env', [
    ...['PEBBLE_VA_NOSLEEP=1', 'PEBBLE_WFE_NONCEREJECT=0'],
    ...['pebble', '-config', join(dir, 'config.json')],
  ]);
  let said = '';
  await new Promise<void>((resolve, reject) => {
    for (const stream of [pebble.stdout, pebble.stderr])
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (/ACME directory available/.test(said)) resolve();
      });
    pebble.once('exit', () => reject(new Error(`pebble ended: ${said}`)));
  });
  writeFileSync(rootFile, place.run(process.execPath, ['-e', fetchRoot]));
  return { directory: `https://${address}:14000/dir`, caFile, rootFile };
}
