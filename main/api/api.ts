import type { Api } from '../../shared/api/contract.ts';
import type { Words } from '../../shared/words/words.ts';
import { type AccessDeps, accessApi } from './access.ts';
import { apiInWords } from './answer.ts';
import { type DiagnosticsDeps, type DoctorDeps, diagnosticsApi, doctorApi } from './diagnostics.ts';
import { type DirectoryDeps, directoryApi } from './directory.ts';
import { type FileDeps, fileApi } from './files.ts';
import { type MessageDeps, messageApi } from './messages.ts';
import { type NetworkDeps, networkApi } from './network.ts';
import { type NodeDeps, nodeApi, type SettingsDeps, settingsApi } from './node.ts';
import { type OutboxDeps, outboxApi } from './outbox.ts';
import { type PairingDeps, pairingApi } from './pairing.ts';
import { type PeerDeps, peerApi } from './peers.ts';
import { type PeopleDeps, peopleApi } from './people.ts';
import { type RecoveryApiDeps, recoveryApi } from './recovery.ts';
import { type RoomDeps, roomApi } from './rooms.ts';
import { type SearchDeps, searchApi } from './search.ts';

type Deps = NodeDeps &
  NetworkDeps &
  SettingsDeps &
  PeerDeps &
  DoctorDeps &
  PairingDeps &
  RoomDeps &
  DirectoryDeps &
  MessageDeps &
  SearchDeps &
  FileDeps &
  OutboxDeps &
  AccessDeps &
  PeopleDeps &
  RecoveryApiDeps &
  DiagnosticsDeps;

/** The parts that the procedures use. Each file names the few that it needs. */
type ApiDeps = Omit<Deps, 'words'>;

/** All procedures, answering in one language. */
export const createApi = (deps: ApiDeps, words: Words): Api =>
  apiInWords(
    words,
    {
      ...nodeApi(deps),
      ...settingsApi(deps),
      ...networkApi(deps),
      ...peerApi(deps),
      ...doctorApi(deps),
      ...pairingApi(deps),
      ...roomApi(deps),
      ...directoryApi(deps),
      ...messageApi({ ...deps, words }),
      ...searchApi({ ...deps, words }),
      ...fileApi(deps),
      ...outboxApi({ ...deps, words }),
      ...accessApi(deps),
      ...peopleApi(deps),
      ...recoveryApi(deps),
      ...diagnosticsApi(deps),
    },
    (error) => deps.store.disk.answerTo(error),
  );
