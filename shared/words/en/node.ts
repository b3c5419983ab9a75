/** The node tells its owner these: in answers of the control API, in findings and notices. One group per subject. */
import { access } from './node/access.ts';
import { delivery } from './node/delivery.ts';
import { doctor } from './node/doctor.ts';
import { files } from './node/files.ts';
import { keptName } from './node/kept-name.ts';
import { network } from './node/network.ts';
import { peers } from './node/peers.ts';
import { people } from './node/people.ts';
import { plain } from './node/plain.ts';
import { reach } from './node/reach.ts';
import { recall } from './node/recall.ts';
import { rooms } from './node/rooms.ts';
import { tls } from './node/tls.ts';
import { wire } from './node/wire.ts';

export const node = {
  ...plain,
  ...keptName,
  ...network,
  ...delivery,
  ...doctor,
  ...reach,
  ...tls,
  ...peers,
  ...rooms,
  ...files,
  ...access,
  ...wire,
  ...recall,
  ...people,
} as const;
