import type { Command } from 'commander';
import { proxyPrograms, proxySnippet } from '../../../shared/api/proxy-snippets.ts';
import type { StatusView } from '../../../shared/api/views.ts';
import { usageFailure } from '../../start/failure.ts';
import { addCommand, type Options, type Shell } from '../command.ts';

/** What to paste into a reverse proxy in front of this node. */
export function addProxyCommand(shell: Shell, program: Command): void {
  addCommand(
    shell,
    program,
    'proxy <program>',
    'what to paste into caddy or nginx in front of a node that leaves TLS to it',
    async ({ api, args, options }) => {
      const chosen = proxyPrograms.find((one) => one === args[0]);
      if (!chosen) throw usageFailure(`proxy: expected ${proxyPrograms.join(' or ')}, got “${args[0]}”`);
      const status = await api.status({});
      const publicHost = given(options, 'host') ?? publicHostOf(status);
      const upstream = given(options, 'upstream') ?? upstreamOf(status);
      const snippet = proxySnippet(chosen, { publicHost, upstream });
      const note =
        status.listener.tls === 'off'
          ? ''
          : `# This node still ends TLS itself: leave that to the proxy with “paracord-node settings change --tls off”. Started with --listen ${upstream}, it is reached by the proxy only.\n`;
      const isClash = portOf(`https://${publicHost}`) === portOf(`http://${upstream}`);
      const clash = isClash
        ? `# On one machine the proxy cannot have the port this node listens on: give peers another address first, such as “paracord-node settings change --public-url https://${new URL(`https://${publicHost}`).hostname}”.\n`
        : '';
      return {
        json: { program: chosen, public_host: publicHost, upstream, snippet },
        text: note + clash + snippet,
      };
    },
    [
      ['--host <name>', 'how peers write this server’s address (default: the public address)'],
      ['--upstream <host:port>', 'where the proxy finds the federation listener (default: where it is)'],
    ],
  );
}

const portOf = (url: string): string => new URL(url).port || (url.startsWith('http:') ? '80' : '443');

const hostPattern = /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+)(?::\d{1,5})?$/;

/** Both end up in a configuration file: nothing but a host gets through. */
function given(options: Options, name: 'host' | 'upstream'): string | undefined {
  const text = options[name];
  if (text === undefined) return undefined;
  if (typeof text === 'string' && hostPattern.test(text)) return text;
  throw usageFailure(`--${name}: expected a host such as chat.example or 127.0.0.1:8448, got “${text}”`);
}

function upstreamOf({ listener }: StatusView): string {
  if (listener.url !== '') return new URL(listener.url).host;
  throw usageFailure(
    'This server is not heard anywhere right now: name its port with --upstream 127.0.0.1:PORT.',
  );
}

function publicHostOf({ public_url, server_name }: StatusView): string {
  if (public_url !== null) return new URL(public_url).host;
  if (server_name !== null) return server_name;
  throw usageFailure('This server has neither a public address nor a name yet: give one with --host NAME.');
}
