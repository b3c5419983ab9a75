import type { DatabaseAddress } from './address.ts';
import { connectTo } from './connect.ts';
import { stateOf } from './database-state.ts';

/** What is in a database, before anything is changed there or here. */
export interface Looked {
  /** It has no tables of a node yet. */
  readonly isEmpty: boolean;
  /** Whose data it has; null if nobody's. */
  readonly server: string | null;
}

/** Throws DatabaseUnreachableError and DatabaseTooNewError. */
export async function lookAt(address: DatabaseAddress): Promise<Looked> {
  const session = await connectTo(address);
  try {
    if ((await stateOf(session, address)) === null) return { isEmpty: true, server: null };
    const [own] = await session.query<{ server: string }>(
      "SELECT server_name AS server FROM federation_server_keys WHERE source = 'own' LIMIT 1",
    );
    return { isEmpty: false, server: own?.server ?? null };
  } finally {
    await session.close();
  }
}
