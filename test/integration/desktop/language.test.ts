import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { startDesktop } from '../../../main/desktop/start.ts';
import { atEnd } from '../../support/at-end.ts';
import { testHost } from '../../support/electron/desktop-host.ts';
import { standInElectron } from '../../support/electron/electron-stand-in.ts';

test('the tray, menus and questions use the system’s language, and follow the setting at once', async (t) => {
  const stand = standInElectron({ press: () => 1 });
  const host = testHost(t, { languages: () => ['de-AT'] });
  await startDesktop(stand.electron, host);
  atEnd(t, async () => {
    host.signal();
    await stand.exited;
  });
  const tray = stand.trays[0] ?? assert.fail('no tray');
  const trayLabels = () => tray.menu.map(({ label }) => label);
  const menus = () => stand.did.applicationMenu.map(({ label }) => label);
  assert.ok(trayLabels().includes('Paracord Node öffnen'), trayLabels().join());
  assert.deepEqual(menus(), ['Datei', 'Bearbeiten', 'Ansicht', 'Fenster', 'Hilfe']);

  const changed = once(tray, 'stand-in-menu');
  const answer = await stand.invoke('node:changeSettings', [{ language: 'en' }, 'de']);
  assert.equal(answer.ok, true);
  await changed;
  assert.ok(trayLabels().includes('Open Paracord Node'), trayLabels().join());
  assert.deepEqual(menus(), ['File', 'Edit', 'View', 'Window', 'Help']);

  stand.electron.app.quit();
  while (stand.did.asked.length === 0) await turn();
  assert.equal(stand.did.asked[0]?.message, 'Quit Paracord Node?');
  // Asked by a page that is still German.
  await stand.invoke('node:rotateKeys', [{}, 'de']);
  assert.equal(stand.did.asked.at(-1)?.message, 'Signaturschlüssel wechseln?');
});

test('a start that fails is explained in the system’s language', async (t) => {
  const stand = standInElectron();
  await startDesktop(
    stand.electron,
    testHost(t, { languages: () => ['de-DE'], args: ['--listen', 'nonsense'] }),
  );
  assert.deepEqual(stand.did.exitCodes, [2]);
  assert.equal(stand.did.asked[0]?.message, 'Paracord Node wurde mit einer ungültigen Option gestartet');
  assert.match(stand.did.asked[0]?.detail ?? '', /^--listen: erwartet wird HOST:PORT/);
});
