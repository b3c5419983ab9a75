import type { ContextMenuParams, MenuItemConstructorOptions, WebContents } from 'electron';
import type { Words } from '../../../shared/words/words.ts';
import type { Electron, Platform } from '../host.ts';
import { aboutItem, helpItems, type MenuActions, settingsItem } from '../tray/tray-menu.ts';
import { externalAddress } from './guard.ts';

type Item = MenuItemConstructorOptions;
const separator: Item = { type: 'separator' };

/**
 * The usual shortcuts (copy, paste, zoom, quit) come from this menu, although only macOS always shows it. Each role has
 * a label here, because Electron's own labels are English.
 */
export function appMenu(platform: Platform, devTools: boolean, words: Words, actions: MenuActions): Item[] {
  const texts = words.desktop.menu;
  const isMac = platform === 'macos';
  const settings = { ...settingsItem(actions, words), accelerator: 'CmdOrCtrl+,' };
  // macOS has it in the app's own menu.
  const help = [...(isMac ? [] : [aboutItem(actions, words)]), ...helpItems(actions, words)];
  const first: Item = isMac
    ? {
        label: 'Paracord Node',
        submenu: [
          { role: 'about', label: texts.about },
          separator,
          settings,
          separator,
          { role: 'services', label: texts.services },
          separator,
          { role: 'hide', label: texts.hide },
          { role: 'hideOthers', label: texts.hideOthers },
          { role: 'unhide', label: texts.showAll },
          separator,
          { role: 'quit', label: texts.quitApp },
        ],
      }
    : {
        label: texts.file,
        submenu: [
          settings,
          separator,
          { role: 'close', label: texts.closeWindow },
          { role: 'quit', label: texts.quit },
        ],
      };
  const edit: Item = {
    label: texts.edit,
    submenu: [
      { role: 'undo', label: texts.undo },
      { role: 'redo', label: texts.redo },
      separator,
      { role: 'cut', label: texts.cut },
      { role: 'copy', label: texts.copy },
      { role: 'paste', label: texts.paste },
      { role: 'delete', label: texts.delete },
      separator,
      { role: 'selectAll', label: texts.selectAll },
    ],
  };
  const view: Item = {
    label: texts.view,
    submenu: [
      { role: 'resetZoom', label: texts.actualSize },
      { role: 'zoomIn', label: texts.zoomIn },
      { role: 'zoomOut', label: texts.zoomOut },
      separator,
      { role: 'togglefullscreen', label: texts.fullScreen },
      ...(devTools ? [separator, { role: 'toggleDevTools', label: texts.developerTools } as const] : []),
    ],
  };
  const window: Item = {
    // macOS lists the app's windows in the menu with this role.
    role: 'windowMenu',
    label: texts.window,
    submenu: [
      { role: 'minimize', label: texts.minimize },
      { role: 'zoom', label: texts.zoom },
      ...(isMac
        ? [separator, { role: 'front', label: texts.bringAllToFront } as const]
        : [{ role: 'close', label: texts.closeWindow } as const]),
    ],
  };
  // With this role, macOS adds a field that finds menu items.
  return [first, edit, view, window, { role: 'help', label: texts.help, submenu: help }];
}

export function showAppMenu(
  { app, Menu }: Electron,
  platform: Platform,
  words: Words,
  actions: MenuActions,
): void {
  Menu.setApplicationMenu(Menu.buildFromTemplate(appMenu(platform, !app.isPackaged, words, actions)));
}

interface ContextActions {
  readonly copy: (text: string) => void;
  readonly replaceMisspelling: (suggestion: string) => void;
  readonly learn: (word: string) => void;
}

type RightClick = Pick<
  ContextMenuParams,
  'isEditable' | 'selectionText' | 'editFlags' | 'linkURL' | 'misspelledWord' | 'dictionarySuggestions'
>;

/** The menu of a right click. Electron has none. */
export function contextMenu(
  clicked: RightClick,
  { desktop: { menu: texts } }: Words,
  did: ContextActions,
): Item[] {
  const { isEditable, selectionText, editFlags, linkURL, misspelledWord, dictionarySuggestions } = clicked;
  const link = externalAddress(linkURL);
  const groups: Item[][] = [
    misspelledWord === ''
      ? []
      : [
          ...dictionarySuggestions.map((label) => ({ label, click: () => did.replaceMisspelling(label) })),
          { label: texts.learn, click: () => did.learn(misspelledWord) },
        ],
    link === null ? [] : [{ label: texts.copyLink, click: () => did.copy(link.replace(/^mailto:/, '')) }],
    isEditable
      ? [
          { role: 'cut', label: texts.cut, enabled: editFlags.canCut },
          { role: 'copy', label: texts.copy, enabled: editFlags.canCopy },
          { role: 'paste', label: texts.paste, enabled: editFlags.canPaste },
          separator,
          { role: 'selectAll', label: texts.selectAll, enabled: editFlags.canSelectAll },
        ]
      : selectionText.trim() === ''
        ? []
        : [{ role: 'copy', label: texts.copy }],
  ];
  return groups
    .filter((group) => group.length > 0)
    .flatMap((group, at) => (at === 0 ? group : [separator, ...group]));
}

export function offerContextMenu(
  contents: WebContents,
  { Menu, session }: Pick<Electron, 'Menu' | 'session'>,
  words: () => Words,
  copy: (text: string) => Promise<void>,
): void {
  const did: ContextActions = {
    copy: (text) => void copy(text).catch(() => {}),
    replaceMisspelling: (suggestion) => contents.replaceMisspelling(suggestion),
    learn: (word) => void session.defaultSession.addWordToSpellCheckerDictionary(word),
  };
  contents.on('context-menu', (_event, params) => {
    const items = contextMenu(params, words(), did);
    if (items.length > 0) Menu.buildFromTemplate(items).popup();
  });
}
