/** The whole app, started with the stand-in for Electron. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Host } from '../../../main/desktop/host.ts';
import { startDesktop } from '../../../main/desktop/start.ts';
import type { BridgeAnswer } from '../../../shared/api/shell.ts';
import { atEnd } from '../at-end.ts';
import { type TestHost, testHost } from './desktop-host.ts';
import { type StandIn, type StandInOptions, standInElectron } from './electron-stand-in.ts';

export async function start(t: TestContext, options: StandInOptions = {}, given: Partial<Host> = {}) {
  const stand = standInElectron({ platform: given.platform ?? 'linux', ...options });
  const host = testHost(t, given);
  await startDesktop(stand.electron, host);
  atEnd(t, async () => {
    host.signal();
    await stand.exited;
  });
  return { ...stand, host };
}

/** Another start with the same data, as after a restart of the machine. */
export async function startAgain(host: TestHost, options: StandInOptions = {}): Promise<StandIn> {
  const stand = standInElectron(options);
  await startDesktop(stand.electron, host);
  return stand;
}

export function value<T>(answer: BridgeAnswer): T {
  assert.ok(answer.ok, JSON.stringify(answer));
  return answer.value as T;
}

export const setUp = (stand: Pick<StandIn, 'invoke'>) =>
  stand.invoke('node:setUp', [{ server_name: 'a.test', owner: 'ann' }]);
export const identity = (host: TestHost) => readFileSync(join(host.dataDir, 'identity.json'), 'utf8');
