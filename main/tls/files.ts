import { existsSync, type FSWatcher, realpathSync, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { isSaid, type Said, said } from '../../shared/words/said.ts';
import { NotAFileError, readRegular } from '../kernel/regular-file.ts';
import { every } from '../kernel/timers.ts';
import { pairProblem, TlsConfigError, type TlsPair } from './pair.ts';
import type { CertificateSource, SourceHost } from './source.ts';

/** If watching doesn't work (a share, a container), this finds a new certificate. */
const lookEveryMs = 60_000;
/** A renewal writes two files, one after the other. */
const settleMs = 1_000;

function unreadable(file: string, error: unknown): Said {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return said('tls.file_missing', { file });
  if (code === 'EACCES' || code === 'EPERM') return said('tls.file_denied', { file });
  if (error instanceof NotAFileError)
    return statSync(file).isDirectory()
      ? said('tls.file_folder', { file })
      : said('tls.file_irregular', { file });
  return said('tls.file_unreadable', { file, detail: message });
}

/** A certificate that someone else maintains in two files. It is reloaded when they change and match each other. */
export class CertificateFiles implements CertificateSource {
  readonly #host: SourceHost;
  readonly #certFile: string;
  readonly #keyFile: string;
  #inUse: TlsPair | null = null;
  #problem: Said | null = null;
  #watchers: FSWatcher[] = [];
  #cancelTimer: () => void = () => {};
  #cancelSettling: () => void = () => {};
  readonly renewing = null;

  constructor(files: { readonly cert_file: string; readonly key_file: string }, host: SourceHost) {
    this.#certFile = files.cert_file;
    this.#keyFile = files.key_file;
    this.#host = host;
  }

  get problem(): Said | null {
    return this.#problem;
  }

  async first(): Promise<TlsPair> {
    const found = this.#read();
    // The caller has reported this at the start, so `#look` must not do it again.
    this.#problem = isSaid(found) ? found : null;
    if (isSaid(found)) throw new TlsConfigError(found);
    this.#inUse = found;
    return found;
  }

  start(): void {
    this.#watchers = this.#folders().flatMap((folder) => {
      try {
        const watcher = watch(folder, { persistent: false }, () => this.#settle());
        watcher.on('error', () => watcher.close());
        return [watcher];
      } catch {
        // The timer finds it.
        return [];
      }
    });
    this.#cancelTimer = every(
      this.#host.clock,
      lookEveryMs,
      async () => this.#look(),
      (error) => this.#host.log.error({ err: error }, 'could not check the certificate files'),
    );
  }

  async stop(): Promise<void> {
    this.#cancelTimer();
    this.#cancelSettling();
    for (const watcher of this.#watchers) watcher.close();
  }

  reconsider(): void {}

  tryNow(): void {
    this.#look();
  }

  /** The folders of the files and of their link targets: certbot replaces links, other programs replace the target. */
  #folders(): string[] {
    const files = [this.#certFile, this.#keyFile];
    const behind = files.filter((file) => existsSync(file)).map((file) => realpathSync(file));
    return [...new Set([...files, ...behind].map((file) => dirname(file)))];
  }

  #settle(): void {
    this.#cancelSettling();
    this.#cancelSettling = this.#host.clock.after(settleMs, () => this.#look());
  }

  #look(): void {
    const found = this.#read();
    const was = this.#problem;
    this.#problem = isSaid(found) ? found : null;
    if (isSaid(found)) {
      // The owner is warned once, until the files fit again.
      if (was === null) this.#host.tell('warning', said('tls.keeps_former', { problem: found }));
      return;
    }
    if (found.cert === this.#inUse?.cert && found.key === this.#inUse.key) return;
    this.#inUse = found;
    this.#host.use(found);
    this.#host.log.info({ file: this.#certFile }, 'certificate loaded from its files');
  }

  /** The pair, or why it is missing. */
  #read(): TlsPair | Said {
    const texts: string[] = [];
    for (const file of [this.#certFile, this.#keyFile]) {
      try {
        texts.push(readRegular(file));
      } catch (error) {
        return unreadable(file, error);
      }
    }
    const [cert = '', key = ''] = texts;
    const problem = pairProblem({ cert, key });
    if (problem === null) return { cert, key };
    return said('tls.bad_pair', { cert: this.#certFile, key: this.#keyFile, why: problem });
  }
}
