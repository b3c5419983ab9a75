/**
 * Packs like electron-builder 26 with electron-builder.yml, as far as that is possible without its binaries: which
 * files are packed, the archive, the menu entries and Info.plist. Each part names the function of electron-builder
 * (packages/app-builder-lib/src) that it follows.
 */
import { existsSync, globSync, linkSync, lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createPackageWithOptions } from '@electron/asar';

const here = createRequire(import.meta.url);
// The updater's YAML parser, and the packager's matcher for file names.
const { load } = createRequire(here.resolve('electron-updater'))('js-yaml') as {
  load(text: string): unknown;
};
const { Minimatch } = createRequire(here.resolve('@electron/asar'))('minimatch') as {
  Minimatch: new (pattern: string, options: object) => Matcher;
};
interface Matcher {
  readonly negate: boolean;
  match(path: string, partial?: boolean): boolean;
}

export const root = fileURLToPath(new URL('../../../', import.meta.url));
export const yaml = (path: string): unknown => load(readFileSync(join(root, path), 'utf8'));

export const systems = ['linux', 'win', 'mac'] as const;
export const processors = ['x64', 'arm64'] as const;
export type System = (typeof systems)[number];
export type Processor = (typeof processors)[number];
/** The platform as Node names it. */
export const platformName = { linux: 'linux', win: 'win32', mac: 'darwin' } as const satisfies Record<
  System,
  string
>;

interface SystemOptions {
  readonly target: readonly { readonly target: string; readonly arch: readonly string[] }[];
  readonly files: readonly string[];
}
export interface BuilderConfig {
  readonly appId: string;
  readonly copyright: string;
  readonly productName: string;
  readonly artifactName: string;
  readonly toolsets: { readonly appimage: string };
  readonly protocols: readonly { readonly name: string; readonly schemes: readonly string[] }[];
  readonly electronFuses: Readonly<Record<string, boolean>>;
  readonly asarUnpack: readonly string[];
  readonly npmRebuild: boolean;
  readonly linux: SystemOptions & {
    readonly executableName: string;
    readonly category: string;
    readonly description: string;
    readonly mimeTypes?: readonly string[];
    readonly desktop?: { readonly entry?: Readonly<Record<string, string>> };
    readonly syncDesktopName: boolean;
    readonly executableArgs?: readonly string[];
  };
  readonly appImage: { readonly artifactName: string };
  readonly deb: { readonly packageName: string; readonly depends: readonly string[] };
  readonly nsis: Readonly<Record<string, unknown>>;
  readonly win: SystemOptions;
  readonly mac: SystemOptions & {
    readonly category: string;
    readonly hardenedRuntime: boolean;
    readonly entitlements: string;
    readonly entitlementsInherit: string;
    readonly icon: string;
    readonly extendInfo: Readonly<Record<string, string | boolean>>;
  };
}

export const builder = yaml('electron-builder.yml') as BuilderConfig;
export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly version: string;
  readonly main: string;
  readonly desktopName: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
};

/** `minimatchAll` of util/filter. */
function matchesAll(path: string, patterns: readonly Matcher[], isFolder: boolean): boolean {
  let match = false;
  for (const pattern of patterns)
    if (match === pattern.negate) match = pattern.match(path, isFolder && !pattern.negate);
  return match;
}

/** `computeParsedPatterns` of fileMatcher, after the macros were replaced. */
const parsed = (patterns: readonly string[], arch: Processor): Matcher[] =>
  patterns.flatMap((pattern) => {
    const given = pattern.replace(/\$\{arch\}/g, arch);
    const plain = !given.includes('.') && !/[*?{[!(]/.test(given.replace(/^!/, ''));
    return [given, ...(plain ? [`${given}/**/*`] : [])].map((one) => new Minimatch(one, { dot: true }));
  });

function filesBelow(from: string, patterns: readonly Matcher[], base: string): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const path = join(from, entry.name);
    const name = relative(base, path);
    if (name === 'node_modules' || !matchesAll(name, patterns, entry.isDirectory())) continue;
    if (entry.isDirectory()) found.push(...filesBelow(path, patterns, base));
    else found.push(name);
  }
  return found;
}

/** The folders of the production dependencies, including indirect ones. */
export function productionModules(): string[] {
  const folders = new Set<string>();
  const top = root.replace(/\/$/, '');
  const visit = (from: string, names: readonly string[], isOptional: boolean): void => {
    for (const name of names) {
      let at = from;
      while (!existsSync(join(at, 'node_modules', name, 'package.json')) && at !== top) at = dirname(at);
      const folder = join(at, 'node_modules', name);
      if (!existsSync(join(folder, 'package.json'))) {
        if (isOptional) continue;
        throw new Error(`${name} is not installed`);
      }
      if (folders.has(folder)) continue;
      folders.add(folder);
      const { dependencies = {}, optionalDependencies = {} } = JSON.parse(
        readFileSync(join(folder, 'package.json'), 'utf8'),
      );
      visit(folder, Object.keys(dependencies), false);
      visit(folder, Object.keys(optionalDependencies), true);
    }
  };
  visit(top, Object.keys(manifest.dependencies), false);
  visit(top, Object.keys(manifest.optionalDependencies), true);
  return [...folders];
}

/** The files of the archive, below the project's folder: `getMainFileMatchers` and `getNodeModuleFileMatcher` of fileMatcher. */
export function packedFiles(system: System, arch: Processor): string[] {
  const given = builder[system].files;
  const own = [
    '!**/node_modules/**',
    '!build{,/**/*}',
    '!release{,/**/*}',
    ...given,
    '!**/*.{iml,hprof,orig,pyc,pyo,rbc,swp,csproj,sln,suo,xproj,cc,d.ts,mk,a,o,obj,forge-meta,pdb}',
  ];
  const ofModules = ['**/*', ...given.filter((pattern) => pattern.startsWith('!'))];
  const modules = productionModules().flatMap((folder) =>
    globSync('**/*', { cwd: folder, exclude: (name) => name === 'node_modules' })
      .map((name) => relative(root, join(folder, name)))
      .filter((name) => !lstatSync(join(root, name)).isDirectory()),
  );
  const patterns = parsed(ofModules, arch);
  return [
    ...filesBelow(root.replace(/\/$/, ''), parsed(own, arch), root),
    ...modules.filter((name) => matchesAll(name, patterns, false)),
  ].sort();
}

/** Packs them. The archive is `app.asar` in `folder`; files that aren't archived are next to it. */
export async function pack(system: System, arch: Processor, folder: string): Promise<string> {
  const staged = join(folder, 'staged');
  for (const name of packedFiles(system, arch)) {
    mkdirSync(dirname(join(staged, name)), { recursive: true });
    linkOrCopy(join(root, name), join(staged, name));
  }
  const archive = join(folder, 'app.asar');
  await createPackageWithOptions(staged, archive, { unpack: `{${[...builder.asarUnpack, ''].join(',')}}` });
  return archive;
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    // The temporary folder may be on another disk.
    mkdirSync(dirname(to), { recursive: true });
    here('node:fs').copyFileSync(from, to);
  }
}

/** `computeDesktopEntry` of targets/LinuxTargetHelper. `exec`: what AppImageTarget gives for an AppImage. */
export function desktopEntry(exec?: string, extra: Readonly<Record<string, string>> = {}): string {
  const { linux, productName, protocols } = builder;
  const entry = {
    Name: productName,
    Exec: exec ?? `"/opt/${productName}/${linux.executableName}" %U`,
    Terminal: 'false',
    Type: 'Application',
    Icon: linux.executableName,
    StartupWMClass: manifest.desktopName.replace(/\.desktop$/, ''),
    ...extra,
    ...linux.desktop?.entry,
    Comment: linux.description,
    MimeType: [
      ...(linux.mimeTypes ?? []),
      ...protocols.flatMap(({ schemes }) => schemes.map((scheme) => `x-scheme-handler/${scheme}`)),
    ]
      .map((type) => `${type};`)
      .join(''),
    Categories: `${linux.category};`,
  };
  const lines = Object.entries(entry).map(([key, value]) => `${key}=${value}`);
  return `[Desktop Entry]\n${lines.join('\n')}\n`;
}

/** The constructor of targets/appimage/AppImageTarget: the default toolset starts Chromium without its sandbox. */
export function appImageExec(): string {
  const { appimage } = builder.toolsets;
  const defaults = appimage === undefined || appimage === '0.0.0' ? ['--no-sandbox'] : [];
  return ['AppRun', ...(builder.linux.executableArgs ?? defaults), '%U'].join(' ');
}

type PlistValue = string | boolean | readonly PlistValue[] | { readonly [key: string]: PlistValue };

/**
 * Info.plist of the app: `createMacApp` of electron/electronMac and `applyCommonInfo` of macPackager, on top of Electron's
 * own (`given`, its text).
 */
export function infoPlist(given: string, asarHash: string): string {
  const { productName, appId, copyright, protocols, mac } = builder;
  const allowHttp = {
    NSTemporaryExceptionAllowsInsecureHTTPSLoads: false,
    NSIncludesSubdomains: false,
    NSTemporaryExceptionAllowsInsecureHTTPLoads: true,
    NSTemporaryExceptionMinimumTLSVersion: '1.0',
    NSTemporaryExceptionRequiresForwardSecrecy: false,
  };
  const info: PlistValue = {
    ...(parsePlist(given) as Record<string, PlistValue>),
    CFBundleIdentifier: appId,
    CFBundleExecutable: productName,
    CFBundleName: productName,
    CFBundleDisplayName: productName,
    CFBundleIconFile: 'icon.icns',
    CFBundleShortVersionString: manifest.version,
    CFBundleVersion: manifest.version,
    LSApplicationCategoryType: mac.category,
    NSHumanReadableCopyright: copyright,
    ...mac.extendInfo,
    NSAppTransportSecurity: {
      NSAllowsLocalNetworking: true,
      NSAllowsArbitraryLoads: true,
      NSExceptionDomains: { localhost: allowHttp, '127.0.0.1': allowHttp },
    },
    CFBundleURLTypes: protocols.map(({ name, schemes }) => ({
      CFBundleURLName: name,
      CFBundleTypeRole: 'Editor',
      CFBundleURLSchemes: schemes,
    })),
    ElectronAsarIntegrity: { 'Resources/app.asar': { algorithm: 'SHA256', hash: asarHash } },
  };
  const doctype =
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">';
  return `<?xml version="1.0" encoding="UTF-8"?>\n${doctype}\n<plist version="1.0">\n${plistLines(info, '  ')}\n</plist>`;
}

function parsePlist(text: string): PlistValue {
  const tokens = [...text.matchAll(/<(\/?\w+)(\/?)>([^<]*)/g)].map(([, tag = '', , inner = '']) => ({
    tag,
    inner,
  }));
  let at = tokens.findIndex(({ tag }) => tag === 'dict');
  const value = (): PlistValue => {
    const { tag, inner } = tokens[at++]!;
    if (tag === 'true' || tag === 'false') return tag === 'true';
    if (tag === 'dict') {
      const dict: Record<string, PlistValue> = {};
      while (tokens[at]?.tag !== '/dict') {
        const key = tokens[at]!.inner;
        at += 2;
        dict[key] = value();
      }
      at++;
      return dict;
    }
    at++;
    return inner;
  };
  return value();
}

/** Keys in order, as `savePlistFile` of util/plist writes them. */
function plistLines(value: PlistValue, indent: string): string {
  if (typeof value === 'boolean') return `${indent}<${value}/>`;
  if (typeof value === 'string') return `${indent}<string>${value}</string>`;
  const inner = `${indent}  `;
  const [tag, lines] = Array.isArray(value)
    ? ['array', value.map((one) => plistLines(one, inner))]
    : [
        'dict',
        Object.entries(value)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .flatMap(([key, one]) => [`${inner}<key>${key}</key>`, plistLines(one, inner)]),
      ];
  return [`${indent}<${tag}>`, ...lines, `${indent}</${tag}>`].join('\n');
}
