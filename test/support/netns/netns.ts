/**
 * A small internet in network namespaces, separate from everything else on this machine: homes behind routers, and a
 * host outside. Its addresses look public, because routers refuse to map ports for others. They lead nowhere else,
 * because no namespace has a link to the outside.
 */
import { type ChildProcessByStdio, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { routerEnv as env } from '../daemons/router.ts';
import { tempDir } from '../temp.ts';
import { until } from '../until.ts';

export type Child = ChildProcessByStdio<Writable, Readable, Readable>;

const prefix = 'paracord-t';
const port = 8448;
let made = 0;

const ip = (...args: string[]): string =>
  execFileSync('ip', args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/**
 * Namespaces outlive the process that made them. The next test removes those of a killed test, and ends what still runs
 * in them.
 */
function removeLeftOver(): void {
  for (const [name, pid] of ip('netns', 'list').matchAll(new RegExp(`^${prefix}(\\d+)-\\S+`, 'gm')))
    try {
      process.kill(Number(pid), 0);
    } catch {
      for (const lost of ip('netns', 'pids', name).split('\n'))
        if (lost !== '') process.kill(Number(lost), 'SIGKILL');
      spawnSync('ip', ['netns', 'del', name], { env });
    }
}

const undone = new Set<() => void>();
process.once('exit', () => {
  for (const undo of undone) undo();
});

/** After the test, or when its process ends before that. */
function leavesNothing(t: Pick<TestContext, 'after'>, undo: () => void): void {
  undone.add(undo);
  t.after(() => {
    undone.delete(undo);
    undo();
  });
}

/** A namespace for this test. */
export class Place {
  readonly name: string;

  constructor(t: Pick<TestContext, 'after'>, role: string) {
    if (made === 0) removeLeftOver();
    this.name = `${prefix}${process.pid}-${++made}${role}`;
    ip('netns', 'add', this.name);
    leavesNothing(t, () => {
      spawnSync('ip', ['netns', 'del', this.name], { env });
    });
    this.ip('link', 'set', 'lo', 'up');
  }

  ip(...args: string[]): void {
    ip('-n', this.name, ...args);
  }

  run(command: string, args: readonly string[], input = ''): string {
    const all = ['netns', 'exec', this.name, command, ...args];
    return execFileSync('ip', all, { env, encoding: 'utf8', input, stdio: ['pipe', 'pipe', 'pipe'] });
  }

  spawn(t: Pick<TestContext, 'after'>, command: string, args: readonly string[]): Child {
    const child = spawn('ip', ['netns', 'exec', this.name, command, ...args], { env, stdio: 'pipe' });
    leavesNothing(t, () => {
      child.kill('SIGKILL');
    });
    return child;
  }
}

/** A cable and the addresses at its two ends. */
function connect(
  a: { readonly place: Place; readonly link: string; readonly addresses: readonly string[] },
  b: { readonly place: Place; readonly link: string; readonly addresses: readonly string[] },
): void {
  ip(
    'link',
    'add',
    a.link,
    'netns',
    a.place.name,
    'type',
    'veth',
    'peer',
    'name',
    b.link,
    'netns',
    b.place.name,
  );
  for (const { place, link, addresses } of [a, b]) {
    // Only the given addresses: a router with two link-local addresses may answer from the other one.
    if (addresses.some((address) => address.startsWith('fe80:')))
      place.ip('link', 'set', link, 'addrgenmode', 'none');
    for (const address of addresses)
      place.ip('addr', 'add', address, 'dev', link, ...(address.includes(':') ? ['nodad'] : []));
    place.ip('link', 'set', link, 'up');
  }
}

/** The host outside, to which the homes' routers are connected. It has an address on each cable. */
export class Internet {
  readonly place: Place;
  readonly #t: Pick<TestContext, 'after'>;
  #homes = 0;

  constructor(t: Pick<TestContext, 'after'>) {
    this.#t = t;
    this.place = new Place(t, 'net');
    this.place.run('sysctl', ['-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']);
  }

  /** `outside`: the router's address on the internet side, if it has to be a certain one. */
  home(options: { readonly outside?: string } = {}): Home {
    this.#homes++;
    return new Home(this.#t, this, this.#homes, options.outside ?? `11.0.${this.#homes}.2`);
  }

  /** The host's address, reachable from everywhere. */
  get address(): string {
    return '11.0.1.1';
  }

  /** The first line that a TCP server sends, or null if none arrives within `patienceS` seconds. */
  async hears(address: string, patienceS = 2): Promise<string | null> {
    const child = this.place.spawn(this.#t, 'timeout', [
      `${patienceS}`,
      'bash',
      '-c',
      `exec 3<>/dev/tcp/${address}/${port} && head -1 <&3`,
    ]);
    const [said] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    return said === '' ? null : said.trim();
  }
}

export interface DaemonOptions {
  /** NAT-PMP and PCP, which this daemon can only turn on together. */
  readonly natPmp: boolean;
  readonly upnp: boolean;
  /** Outside ports below 1024 that it grants anyway; most routers grant none. */
  readonly lowPorts?: readonly number[];
}

/** A LAN behind a router, with one machine in it or more. */
export class Home {
  readonly machine: Place;
  readonly router: Place;
  /** The router's address outside. */
  readonly outside: string;
  readonly #t: Pick<TestContext, 'after'>;
  readonly #dir: string;
  readonly #number: number;
  #machines = 0;
  #daemon: Child | null = null;

  constructor(t: Pick<TestContext, 'after'>, internet: Internet, number: number, outside: string) {
    this.#t = t;
    this.#number = number;
    this.#dir = tempDir(t);
    this.outside = outside;
    this.router = new Place(t, `router${number}`);
    this.machine = new Place(t, `home${number}`);
    const next = outside.replace(/\d+$/, '1');
    connect(
      { place: this.router, link: 'wan', addresses: [`${outside}/24`, `2400:${number}::2/64`] },
      { place: internet.place, link: `home${number}`, addresses: [`${next}/24`, `2400:${number}::1/64`] },
    );
    this.router.ip('link', 'add', 'lan', 'type', 'bridge');
    this.router.ip('link', 'set', 'lan', 'addrgenmode', 'none');
    for (const address of ['192.168.1.1/24', `2400:${number}:1::1/64`, 'fe80::1/64'])
      this.router.ip('addr', 'add', address, 'dev', 'lan', ...(address.includes(':') ? ['nodad'] : []));
    this.router.ip('link', 'set', 'lan', 'up');
    this.#plugIn(this.machine);
    this.router.run('sysctl', ['-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']);
    this.router.ip('route', 'add', 'default', 'via', next);
    this.router.ip('-6', 'route', 'add', 'default', 'via', `2400:${number}::1`);
    internet.place.ip('-6', 'route', 'add', `2400:${number}:1::/64`, 'via', `2400:${number}::2`);
    this.#resetRules();
  }

  /** Another machine in the LAN. */
  another(): Place {
    const machine = new Place(this.#t, `home${this.#number}m${this.#machines}`);
    this.#plugIn(machine);
    return machine;
  }

  /** The first machine gets .2, the next one .3. */
  #plugIn(machine: Place): void {
    const own = ++this.#machines + 1;
    const port = `lan${this.#machines}`;
    connect(
      { place: this.router, link: port, addresses: [] },
      {
        place: machine,
        link: 'eth0',
        addresses: [`192.168.1.${own}/24`, `2400:${this.#number}:1::${own}/64`],
      },
    );
    this.router.ip('link', 'set', port, 'addrgenmode', 'none', 'master', 'lan');
    machine.ip('route', 'add', 'default', 'via', '192.168.1.1');
    machine.ip('-6', 'route', 'add', 'default', 'via', 'fe80::1', 'dev', 'eth0');
  }

  /** Lets only answers in, and what the daemon allows; translates the machine's address to the router's. */
  #resetRules(): void {
    this.router.run(
      'nft',
      ['-f', '-'],
      `flush ruleset
table inet filter {
  chain miniupnpd { }
  chain prerouting_miniupnpd { }
  chain postrouting_miniupnpd { }
  chain input { type filter hook input priority 0; }
  chain forward {
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    iifname "lan" accept
    jump miniupnpd
  }
  chain prerouting { type nat hook prerouting priority -100; jump prerouting_miniupnpd; }
  chain postrouting {
    type nat hook postrouting priority 100;
    jump postrouting_miniupnpd
    meta nfproto ipv4 oifname "wan" masquerade
  }
}`,
    );
  }

  /** The router's packet filter rejects what this nft expression matches. */
  reject(match: string): void {
    this.router.run('nft', ['add', 'rule', 'inet', 'filter', 'input', ...match.split(' '), 'reject']);
  }

  /** A port forwarding as an owner configures it: TCP to `port` outside goes to `inside` on the machine. */
  passOn(port: number, inside: number): void {
    const add = (...rule: string[]) => this.router.run('nft', ['add', 'rule', 'inet', 'filter', ...rule]);
    add('prerouting', ...`iifname wan tcp dport ${port} dnat ip to 192.168.1.2:${inside}`.split(' '));
    add('forward', 'ct', 'status', 'dnat', 'accept');
  }

  /** The router leads its own network back to the machine, if it calls the router's address outside (hairpin NAT). */
  leadBack(port: number): void {
    const add = (...rule: string[]) => this.router.run('nft', ['add', 'rule', 'inet', 'filter', ...rule]);
    // Otherwise the bridge would translate the call itself, and not send it back to where it came from.
    this.router.run('sysctl', ['-eqw', 'net.bridge.bridge-nf-call-iptables=0']);
    const calls = `ip daddr ${this.outside} tcp dport ${port}`.split(' ');
    add('prerouting', 'iifname', 'lan', ...calls, ...`dnat ip to 192.168.1.2:${port}`.split(' '));
    add('postrouting', 'oifname', 'lan', 'ct', 'status', 'dnat', 'masquerade');
  }

  async startDaemon({ natPmp, upnp, lowPorts = [] }: DaemonOptions): Promise<void> {
    const file = join(this.#dir, 'miniupnpd.conf');
    const yes = (is: boolean): string => (is ? 'yes' : 'no');
    writeFileSync(
      file,
      `ext_ifname=wan
listening_ip=lan
enable_natpmp=${yes(natPmp)}
enable_upnp=${yes(upnp)}
secure_mode=yes
min_lifetime=5
system_uptime=no
uuid=67394155-0a5a-4756-b500-6f24c655bb04
allow 1024-65535 192.168.1.0/24 1024-65535
${lowPorts.map((low) => `allow ${low} 192.168.1.0/24 1-65535\n`).join('')}deny 0-65535 0.0.0.0/0 0-65535
`,
    );
    const pid = join(this.#dir, 'miniupnpd.pid');
    const log = join(this.#dir, 'miniupnpd.log');
    // To a file: it writes a line for each port that it may not open, and would block if nobody read them.
    const command = ['-c', 'exec "$@" 2>"$0"', log, 'miniupnpd', '-d', '-f', file, '-P', pid];
    this.#daemon = this.router.spawn(this.#t, 'sh', command);
    this.#daemon.stdout.resume();
    const ready = natPmp ? /Listening for NAT-PMP/ : /HTTP listening on port/;
    await until([], 'the router', () => existsSync(log) && ready.test(readFileSync(log, 'utf8')));
  }

  /** Fails like the power: it ends nothing properly, and all its mappings are gone. */
  async stopDaemon(): Promise<void> {
    const daemon = this.#daemon;
    this.#daemon = null;
    if (daemon) {
      daemon.kill('SIGKILL');
      await once(daemon, 'exit');
    }
    this.#resetRules();
  }
}
