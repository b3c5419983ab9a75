// The list of components of a release, in CycloneDX: the packages that are packed, from npm's own list on stdin, and what
// Electron is made of, from the runtime itself: `npm sbom --omit=dev … | node build/sbom.ts > sbom.cdx.json`. npm counts
// Electron among the development packages, and doesn't know about the Chromium and the Node.js in it.

import { execFileSync } from 'node:child_process';
import { text } from 'node:stream/consumers';

interface Component {
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly [key: string]: unknown;
}
interface Sbom {
  readonly components: readonly Component[];
  readonly [key: string]: unknown;
}

/** `versions`: what `process.versions` is in Electron. */
export function withElectron(sbom: Sbom, versions: Readonly<Record<string, string>>): Sbom {
  if (!versions.electron || !versions.chrome) throw new Error('these are not the versions of an Electron');
  const parts = Object.entries(versions)
    .filter(([name]) => name !== 'modules' && name !== 'napi')
    .map(([name, version]): Component => {
      const component = { type: name === 'electron' ? 'framework' : 'library', name, version };
      if (name === 'electron') return { ...component, purl: `pkg:npm/electron@${version}` };
      if (name === 'chrome')
        return { ...component, name: 'chromium', cpe: `cpe:2.3:a:google:chrome:${version}:*:*:*:*:*:*:*` };
      if (name === 'node')
        return { ...component, name: 'node.js', cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*` };
      return component;
    });
  return { ...sbom, components: [...sbom.components, ...parts] };
}

if (process.argv[1] === import.meta.filename) {
  const sbom = JSON.parse(await text(process.stdin)) as Sbom;
  // Not before: it downloads the runtime where that is missing.
  const { default: electron } = await import('electron');
  const versions = execFileSync(String(electron), ['-p', 'JSON.stringify(process.versions)'], {
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    encoding: 'utf8',
  });
  process.stdout.write(`${JSON.stringify(withElectron(sbom, JSON.parse(versions)), null, 2)}\n`);
}
