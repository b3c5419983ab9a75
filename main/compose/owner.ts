import { join } from 'node:path';
import { BotTokens } from '../access/bot-tokens.ts';
import { accessFacts } from '../access/callers.ts';
import { Logins } from '../access/logins.ts';
import { ChangeSettings } from '../change-settings.ts';
import { Doctor } from '../doctor/doctor.ts';
import { PeerConditions } from '../doctor/peer-conditions.ts';
import { Surveyor } from '../doctor/survey.ts';
import { Accounts } from '../people/accounts.ts';
import { Consents } from '../people/consents.ts';
import { EntranceTest } from '../people/entrance-test.ts';
import { entranceAddresses, entranceHosts, entranceUrl, openEntranceUrl } from '../people/entrance-url.ts';
import { Passkeys } from '../people/passkeys.ts';
import { PeopleLinks } from '../people/people-links.ts';
import { Pushes } from '../people/push/pushes.ts';
import { Drill } from '../recovery/drill.ts';
import { RecoveryFile } from '../recovery/export.ts';
import { Restore } from '../recovery/restore.ts';
import { Backups } from '../store/backup/backup.ts';
import { DatabaseCheck } from '../store/check/database-check.ts';
import { lookOnThread } from '../store/check/slices.ts';
import type { Foundation, Given } from './foundation.ts';
import type { Outbound } from './outbound.ts';
import type { Peers } from './peers.ts';
import type { Rooms } from './rooms.ts';

/** Builds the parts that the owner uses: logins, the doctor, backups, settings. */
export function owner(below: Foundation & Peers & Rooms & Outbound, { startAgain }: Given) {
  const { store, ports, clock, tell, dataDir, upkeep } = below;
  const logins = new Logins(store.sessions, ports, () => tell({ fact: 'node-changed' }));
  const bots = new BotTokens(store, ports, tell);
  const accounts = new Accounts(below);
  const consents = new Consents(below);
  const pushes = new Pushes({ ...below, accounts, entranceUrl: () => entranceUrl(below) });
  const passkeys = new Passkeys({
    ...below,
    accounts,
    hosts: () => entranceHosts(below),
    serverName: () => below.keyring.serverName,
  });
  const peopleLinks = new PeopleLinks({ ...below, accounts, passkeys });
  const access = accessFacts(store, below.keyring, (user) => accounts.roleOf(user));
  const backups = new Backups(below);
  const restore = new Restore({ ...below, startAgain });
  const drill = new Drill({ ...below, backups });
  const doctor = new Doctor(below);
  const recoveryFile = new RecoveryFile(below);
  const conditions = new PeerConditions({ ...below, doctor });
  const entranceTest = new EntranceTest({ ...below, addresses: () => entranceAddresses(below) });
  const surveyor = new Surveyor({ ...below, conditions, doctor, entranceTest });
  const changeSettings = new ChangeSettings(below);
  const databaseCheck = new DatabaseCheck({
    ...below,
    look: lookOnThread(join(dataDir, 'node.db')),
    rebuild: async (roomId) => {
      await upkeep.rebuild(roomId);
      tell({ fact: 'room-changed', roomId });
    },
  });
  return {
    logins,
    bots,
    access,
    backups,
    restore,
    drill,
    recoveryFile,
    doctor,
    conditions,
    surveyor,
    changeSettings,
    databaseCheck,
    accounts,
    consents,
    passkeys,
    peopleLinks,
    pushes,
    entranceUrl: () => openEntranceUrl(below),
    entranceTest,
    startedAt: clock.now(),
  };
}
