/**
 * Something to reach in a home, as a separate process inside a namespace: a TCP server that says hello, and a port
 * mapper for it. Whenever the mapper’s view changes, writes it in English as a line of JSON. Ends when its input ends.
 * `node test/support/nodes/reach-home.ts '{"host":"0.0.0.0","port":8448,"protocols":["pcp"],"timing":{}}'`
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createLog } from '../../../main/kernel/log.ts';
import { systemPorts } from '../../../main/kernel/ports.ts';
import type { ReachTiming } from '../../../main/reach/mapper/mapper-state.ts';
import { PortMapper } from '../../../main/reach/mapper/port-mapper.ts';
import { allInEnglish } from '../words.ts';

export interface HomeOptions {
  readonly host: string;
  readonly port: number;
  readonly timing: Partial<ReachTiming>;
}

const options = JSON.parse(process.argv[2] ?? '') as HomeOptions;
const server = createServer((socket) => {
  socket.on('error', () => {});
  socket.end('hello\n');
});
server.listen(options.port, options.host);
await once(server, 'listening');

const mapper = new PortMapper({
  ...systemPorts,
  log: createLog('error'),
  nonce: () => Buffer.alloc(12, 7),
  listenHost: options.host,
  timing: options.timing,
  onChange: () =>
    process.stdout.write(
      `${JSON.stringify(allInEnglish({ mapping: mapper.view(), verdict: mapper.verdict() }))}\n`,
    ),
});
mapper.start(options.port);
process.stdin.resume();
await once(process.stdin, 'end');
await mapper.stop();
process.exit(0);
