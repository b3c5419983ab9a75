import type { Api } from '../../shared/api/contract.ts';
import type { Words } from '../../shared/words/words.ts';
import { accessApi } from './access.ts';
import { doctorApi } from './doctor.ts';
import { messageApi } from './messages.ts';
import { nodeApi } from './node.ts';
import { outboxApi } from './outbox.ts';
import { pairingApi } from './pairing.ts';
import type { ApiParts } from './parts.ts';
import { peerApi } from './peers.ts';
import { roomApi } from './rooms.ts';
import { settingsApi } from './settings.ts';

/** Everything a shell may ask of this node, answered in the words of one language. */
export const createApi = (parts: ApiParts, words: Words): Api => ({
  ...nodeApi(parts),
  ...settingsApi(parts),
  ...peerApi(parts),
  ...doctorApi(parts),
  ...pairingApi(parts),
  ...roomApi(parts),
  ...messageApi({ ...parts, words }),
  ...outboxApi({ ...parts, words }),
  ...accessApi(parts),
});
