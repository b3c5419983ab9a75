import { join } from 'node:path';
import type { NodeConfig } from './config.ts';
import type { Tell } from './facts.ts';
import { refuseForeignIdentity, takeInKeys } from './identity/belonging.ts';
import { Keyring } from './identity/keyring.ts';
import { KeyVault, type SecretBox } from './identity/vault.ts';
import type { Log } from './kernel/log.ts';
import type { Meter } from './kernel/meter.ts';
import type { Ports } from './kernel/ports.ts';
import { moveIntoPlace } from './store/backup/restore.ts';
import { type DataLock, lockDataFolder } from './store/data-lock.ts';
import type { Engine } from './store/engine.ts';
import { Store } from './store/store.ts';

export interface Opening {
  readonly log: Log;
  readonly tell: Tell;
  /** Seals the identity file with the platform's key store; without one, the file's mode protects it. */
  readonly secretBox?: SecretBox;
  /** A database on a server, if everything is stored there. The store closes it. */
  readonly engine?: Engine;
  /** The lock of the data folder, from a caller that has needed it before. */
  readonly lock?: DataLock;
}

/**
 * Locks the data folder, puts a restored backup into place, and opens the identity and the store. From then on this
 * process has the files to itself. If that fails, the folder is unlocked again.
 */
export function openDataFolder(
  config: NodeConfig,
  ports: Ports & { readonly meter: Meter },
  { log, tell, secretBox, engine, lock = lockDataFolder(config.dataDir) }: Opening,
) {
  const { clock, random } = ports;
  try {
    moveIntoPlace(config.dataDir);
    const keyring = new Keyring(new KeyVault(config.dataDir, secretBox ?? null), clock, random);
    const store = new Store(
      join(config.dataDir, 'node.db'),
      { ...ports, ...(engine && { engine }) },
      tell,
      (error) => log.error({ err: error }, 'a reaction to a commit failed'),
      keyring.isSetUp && config.newDatabase !== true,
    );
    try {
      refuseForeignIdentity(store, keyring, config.dataDir);
      takeInKeys(store, keyring, log);
    } catch (error) {
      void store.close();
      throw error;
    }
    return { lock, keyring, store };
  } catch (error) {
    lock.release();
    throw error;
  }
}
