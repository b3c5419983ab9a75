/** The desktop bundle in a process of its own, with the stand-in for Electron. Tells its parent when it runs. */
import { fileURLToPath } from 'node:url';
import { standInElectron } from '../../support/electron/electron-stand-in.ts';
import { importBundle } from '../../support/electron/import-bundle.ts';

process.on('disconnect', () => process.exit());
const [dataDir = '', port = ''] = process.argv.slice(2);
const entry = fileURLToPath(new URL('../../../dist/desktop/main.js', import.meta.url));
const stand = standInElectron();
const flags = [`--listen=127.0.0.1:${port}`, '--control=127.0.0.1:0', '--tls=off'];
process.argv = [process.execPath, `--data-dir=${dataDir}`, ...flags];
await importBundle(stand, entry);
await stand.windowLoaded;
process.send?.('runs');
process.exit(await stand.exited);
