import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type ProxyFacts, type ProxyProgram, proxySnippet } from '../../../shared/api/proxy-snippets.ts';
import { wordsIn } from '../../../shared/words/words.ts';
import { certificateFor } from '../attack/tls.ts';
import { startProgram } from '../nodes/program.ts';
import { tempDir } from '../temp.ts';
import { packagePath } from './packages.ts';

const comments = wordsIn('en').network.proxyComments;

export interface Proxy {
  /** The root for checking its certificates, in PEM. */
  readonly ca: string;
}

/**
 * The real program with exactly our snippets in its configuration. The rest of the configuration adapts it to the test.
 */
export async function startProxy(
  t: Pick<TestContext, 'after'>,
  program: ProxyProgram,
  sites: readonly Omit<ProxyFacts, 'certificate'>[],
): Promise<Proxy> {
  const dir = tempDir(t);
  return program === 'caddy' ? startCaddy(t, dir, sites) : startNginx(t, dir, sites);
}

async function startCaddy(
  t: Pick<TestContext, 'after'>,
  dir: string,
  sites: readonly ProxyFacts[],
): Promise<Proxy> {
  const file = join(dir, 'Caddyfile');
  const global = [
    'admin off',
    'local_certs',
    'skip_install_trust',
    'auto_https disable_redirects',
    `storage file_system ${dir}`,
  ];
  const snippets = sites.map((site) => proxySnippet('caddy', site, comments));
  writeFileSync(file, `{\n${global.map((line) => `\t${line}\n`).join('')}}\n${snippets.join('')}`);
  const caddy = await startProgram(
    packagePath('caddy')!,
    ['run', '--config', file, '--adapter', 'caddyfile'],
    {
      // One for all sites of a test, which differ only in their ports.
      ready: /certificate obtained successfully/,
      env: { HOME: dir, XDG_DATA_HOME: dir, XDG_CONFIG_HOME: dir },
    },
  );
  t.after(() => caddy.stop());
  return { ca: readFileSync(join(dir, 'pki/authorities/local/root.crt'), 'utf8') };
}

async function startNginx(
  t: Pick<TestContext, 'after'>,
  dir: string,
  sites: readonly ProxyFacts[],
): Promise<Proxy> {
  const pair = await certificateFor('localhost');
  const certificate = { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') };
  writeFileSync(certificate.cert, pair.cert);
  writeFileSync(certificate.key, pair.key);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => {
    if (!existsSync(join(dir, name))) mkdirSync(join(dir, name));
    return `${name}_temp_path ${join(dir, name)};`;
  });
  const snippets = sites.map((site) => proxySnippet('nginx', { ...site, certificate }, comments));
  const file = join(dir, 'nginx.conf');
  writeFileSync(
    file,
    `daemon off; worker_processes 1; pid ${join(dir, 'pid')}; error_log stderr notice;
${process.getuid?.() === 0 ? 'user root;' : ''}
events {}
http {
access_log off; ${temporary.join(' ')}
${snippets.join('')}}
`,
  );
  const nginx = await startProgram(packagePath('nginx')!, ['-p', dir, '-c', file, '-e', 'stderr'], {
    ready: /start worker process \d+/,
    end: 'SIGTERM',
  });
  t.after(() => nginx.stop());
  return { ca: pair.cert };
}
