import { proxyPrograms, proxySnippet } from '../../../shared/api/proxy-snippets.ts';
import type { StatusView } from '../../../shared/api/views/node-views.ts';
import { usageFailure } from '../../start/failure.ts';
import { oneOf } from '../../start/flag-values.ts';
import type { Branch, Options } from '../command.ts';

/** Prints the configuration of a reverse proxy in front of this node. */
export function addProxyCommand(program: Branch): void {
  const { cliHelp, cli } = program.words;
  program.add(
    'proxy <program>',
    cliHelp.commands.proxy,
    [
      ['--host <name>', cliHelp.options.proxyHost],
      ['--upstream <host:port>', cliHelp.options.upstream],
    ],
    async ({ api, args, options }) => {
      const chosen = oneOf('<program>', args[0]!, proxyPrograms);
      const status = await api.status({});
      const publicHost = given(options, 'host') ?? publicHostOf(status);
      const upstream = given(options, 'upstream') ?? upstreamOf(status);
      const snippet = proxySnippet(chosen, { publicHost, upstream }, program.words.network.proxyComments);
      const note = status.listener.tls === 'off' ? '' : `# ${cli.proxy.tlsHere({ upstream })}\n`;
      const isClash = portOf(`https://${publicHost}`) === portOf(`http://${upstream}`);
      const clash = isClash
        ? `# ${cli.proxy.samePort({ host: new URL(`https://${publicHost}`).hostname })}\n`
        : '';
      return {
        json: { program: chosen, public_host: publicHost, upstream, snippet },
        text: note + clash + snippet,
      };
    },
  );
}

const portOf = (url: string): string => new URL(url).port || (url.startsWith('http:') ? '80' : '443');

const hostPattern = /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+)(?::\d{1,5})?$/;

/** Accepts nothing but a host, because both options end up in a configuration file. */
function given(options: Options, name: 'host' | 'upstream'): string | undefined {
  const text = options[name];
  if (text === undefined) return undefined;
  if (typeof text === 'string' && hostPattern.test(text)) return text;
  throw usageFailure(({ cli }) => cli.errors.proxyHost({ flag: `--${name}`, value: String(text) }));
}

function upstreamOf({ listener }: StatusView): string {
  if (listener.url !== '') return new URL(listener.url).host;
  throw usageFailure(({ cli }) => cli.errors.notListening);
}

function publicHostOf({ public_url, server_name }: StatusView): string {
  if (public_url !== null) return new URL(public_url).host;
  if (server_name !== null) return server_name;
  throw usageFailure(({ cli }) => cli.errors.noPublicHost);
}
