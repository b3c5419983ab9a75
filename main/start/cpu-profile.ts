import { Session } from 'node:inspector/promises';
import { writeFileAtomically } from '../identity/vault.ts';

/**
 * Records what the main thread does. The returned function ends that and writes the profile, which the developer tools
 * of a browser can show; it throws if the file can't be written.
 */
export async function recordCpuProfile(file: string): Promise<() => Promise<void>> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  return async () => {
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    writeFileAtomically(file, JSON.stringify(profile));
  };
}
