import type { Api } from '../../shared/api/contract.ts';
import type { Words } from '../../shared/words/words.ts';
import { type AccessParts, accessApi } from './access.ts';
import { apiInWords } from './answer.ts';
import { type DiagnosticsParts, type DoctorParts, diagnosticsApi, doctorApi } from './diagnostics.ts';
import { type DirectoryParts, directoryApi } from './directory.ts';
import { type FileParts, fileApi } from './files.ts';
import { type MessageParts, messageApi } from './messages.ts';
import { type NetworkParts, networkApi } from './network.ts';
import { type NodeParts, nodeApi, type SettingsParts, settingsApi } from './node.ts';
import { type OutboxParts, outboxApi } from './outbox.ts';
import { type PairingParts, pairingApi } from './pairing.ts';
import { type PeerParts, peerApi } from './peers.ts';
import { type PeopleParts, peopleApi } from './people.ts';
import { type RecoveryApiParts, recoveryApi } from './recovery.ts';
import { type RoomParts, roomApi } from './rooms.ts';

type Parts = NodeParts &
  NetworkParts &
  SettingsParts &
  PeerParts &
  DoctorParts &
  PairingParts &
  RoomParts &
  DirectoryParts &
  MessageParts &
  FileParts &
  OutboxParts &
  AccessParts &
  PeopleParts &
  RecoveryApiParts &
  DiagnosticsParts;

/** What the procedures use. Each file names the few parts it needs. */
type ApiParts = Omit<Parts, 'words'>;

/** All procedures, answering in one language. */
export const createApi = (parts: ApiParts, words: Words): Api =>
  apiInWords(
    words,
    {
      ...nodeApi(parts),
      ...settingsApi(parts),
      ...networkApi(parts),
      ...peerApi(parts),
      ...doctorApi(parts),
      ...pairingApi(parts),
      ...roomApi(parts),
      ...directoryApi(parts),
      ...messageApi({ ...parts, words }),
      ...fileApi(parts),
      ...outboxApi({ ...parts, words }),
      ...accessApi(parts),
      ...peopleApi(parts),
      ...recoveryApi(parts),
      ...diagnosticsApi(parts),
    },
    (error) => parts.store.disk.answerTo(error),
  );
