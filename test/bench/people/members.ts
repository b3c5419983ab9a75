import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ChildNode, startChildNode } from '../../support/nodes/child-node.ts';
import { Visitor } from '../../support/nodes/people.ts';
import { Authenticator } from '../../support/parties/authenticator.ts';
import { type Ground, type Measure, quantile, type Result } from '../report/result.ts';
import type { Person, Visit, Visited } from './screens.ts';

const roomCount = 10;
const messagesPerSecond = 50;
/** How long the screens go on after the last message. */
const restSeconds = 2;

/** Somebody who joined by a link, with a passkey. */
async function enter(node: ChildNode, n: number, room: string): Promise<Person> {
  const address = `198.51.${Math.floor(n / 250)}.${(n % 250) + 1}`;
  const headers = { host: 'bench.test', origin: 'https://bench.test', 'x-forwarded-for': address };
  const visitor = new Visitor({ url: node.federation }, headers);
  const localpart = `member${n}`;
  const secret = (await node.api.makeJoinLink({ rooms: [room] })).url.split('/').at(-1)!;
  const { options } = JSON.parse((await visitor.post('passkey-for-joining', { secret, localpart })).body);
  const passkey = new Authenticator().make(options, { origin: 'https://bench.test', rpId: 'bench.test' });
  const answer = await visitor.post('join', { secret, localpart, passkey });
  if (answer.status !== 200) throw new Error(answer.body);
  return { cookie: visitor.cookie, address, room, userId: `@${localpart}:bench.test` };
}

/** Milliseconds that a process has computed. */
function processorMs(pid: number): number {
  const [, rest = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const fields = rest.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/**
 * The time from a post to the screen of each member of its room. The node is a process of its own; all screens share
 * another.
 */
export async function benchMembers({ dir, isShort }: Ground): Promise<Result> {
  const memberCount = isShort ? 50 : 500;
  const seconds = isShort ? 3 : 30;
  const node = await startChildNode({ name: 'bench.test', dataDir: join(dir, 'node') });
  await node.api.changeSettings({ public_url: 'https://bench.test', people_log_in: true });
  const rooms: string[] = [];
  for (let n = 0; n < roomCount; n++)
    rooms.push((await node.api.createRoom({ name: `Room ${n}`, join_rule: 'invite' })).room_id);
  const people: Person[] = [];
  for (let n = 0; n < memberCount; n++) people.push(await enter(node, n, rooms[n % roomCount]!));
  const screens = fork(fileURLToPath(new URL('screens.ts', import.meta.url)));
  const visit: Visit = { url: node.federation, people, messagesPerSecond, seconds };
  screens.send(visit);
  await once(screens, 'message');
  const before = processorMs(node.pid);
  screens.send('go');
  const [visited] = (await once(screens, 'message')) as [Visited];
  const computed = processorMs(node.pid) - before;
  const status = readFileSync(`/proc/${node.pid}/status`, 'utf8');
  const memory = Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) / 1024;
  await node.stop();
  const { times, atFirst, requests, bytes, failures } = visited;
  if (failures.length > 0) throw new Error(failures.join('\n'));
  const posted = messagesPerSecond * seconds;
  const at = (what: string, from: readonly number[], q: number): Measure => ({
    what: `posted to shown to each of ${memberCount} members, ${what}`,
    unit: 'ms',
    values: [quantile(from, q)],
  });
  const percent = (ms: number) => Math.round(ms / (seconds + restSeconds) / 10);
  return {
    measures: [
      at('median', times, 0.5),
      { ...at('p95', times, 0.95), wanted: { atMost: 100 } },
      at('p95 of the first second', atFirst, 0.95),
      { what: `highest memory with ${memberCount} members logged in`, unit: 'MB', values: [memory] },
    ],
    boundedBy: 'marking as read, which everybody in a room does when a message arrives',
    notes: [
      `${messagesPerSecond} messages a second in ${roomCount} rooms, written by their members, for ${seconds} s; ${times.length} of ${(posted * memberCount) / roomCount} were shown.`,
      `Everybody looks at their room, so all mark what arrives as read: ${Math.round(requests / seconds)} requests a second. In the first second, all do that at once.`,
      `The node took ${percent(computed)} % of one core, all screens together ${percent(visited.processorMs)} %. They received ${Math.round(bytes / times.length)} bytes for each message shown.`,
      'The screens speak HTTP without TLS, as a proxy does that has it.',
    ],
  };
}
