import { DatabaseNotInUseError } from '../../database.ts';
import type { DatabaseAddress } from '../address.ts';
import { connectTo } from '../connect.ts';
import { localFileAt } from '../copy-file.ts';
import { becomeTruthAt, describeDatabase, openForUse, roleOfFileAt } from './roles.ts';
import { whoHoldsIt } from './truth.ts';

/**
 * Before anything else on the file and the database of a data folder: where the data is. Finishes a move that was
 * interrupted between its two writes. `isRemembered`: nobody named the database for this start. Throws
 * DatabaseUnreachableError and DatabaseNotInUseError. The caller holds the lock of the data folder.
 */
export async function whereDataIs(
  path: string,
  address: DatabaseAddress,
  isRemembered: boolean,
): Promise<'file' | 'database'> {
  const file = roleOfFileAt(path);
  // The address is remembered before a move is decided. What was named must be used, or refused.
  if (file?.role !== 'copy') return isRemembered && localFileAt(path)?.hasData ? 'file' : 'database';
  const session = await connectTo(address);
  try {
    const { role } = await describeDatabase(session);
    switch (whoHoldsIt(file, role)) {
      case 'open-database':
        await openForUse(session, file.database);
        return 'database';
      case 'free-file':
        becomeTruthAt(path);
        return 'file';
      case 'moved-elsewhere':
        throw new DatabaseNotInUseError('left', String(address));
      default:
        return 'database';
    }
  } finally {
    await session.close();
  }
}
