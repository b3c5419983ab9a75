/**
 * The page that an invite link opens (docs/protocol/pairing.md, "The page"): one file that loads nothing else. The
 * invite is in the URL's fragment, so it isn't part of any request. The page's script reads it and asks this server
 * about its id.
 */
import { createHash } from 'node:crypto';
import { invitePagePath } from '../../../shared/protocol/invites/invite-link.ts';
import { federationPrefix } from '../../../shared/protocol/transport.ts';
import { chooseLocale, languageOf } from '../../../shared/words/locale.ts';
import { type Words, wordsIn } from '../../../shared/words/words.ts';
import type { pageTrust } from '../../addresses/own-address.ts';
import { BoundedMap } from '../../kernel/bounded-map.ts';
import type { FederationAnswer } from './request.ts';

type PageTrust = ReturnType<typeof pageTrust>;

/** Leaves room for each language and kind of trust. */
const pagesMax = 16;
const pages = new BoundedMap<string, FederationAnswer>(pagesMax);

/** `acceptLanguage`: the header as received. Rendered once for each language. */
export function invitePage(
  server: string,
  trust: PageTrust,
  acceptLanguage: string | undefined,
): FederationAnswer {
  const wanted = (acceptLanguage ?? '').split(',').map((one) => one.replace(/;.*/, '').trim());
  const language = languageOf(chooseLocale(wanted));
  const key = `${language} ${trust} ${server}`;
  const page = pages.get(key) ?? { status: 200, body: html(wordsIn(language), server, trust), headers };
  if (!pages.has(key)) pages.set(key, page);
  return page;
}

function html(words: Words, server: string, trust: PageTrust): string {
  const page = words.invitePage;
  const e = escaped;
  const states = [
    ['damaged', page.damagedTitle, page.damaged],
    ['used', page.usedTitle, page.used],
    ['revoked', page.revokedTitle, page.revoked({ server })],
    ['expired', page.expiredTitle, page.expired({ server })],
    ['unknown', page.unknownTitle, page.unknown],
    ['offline', page.offlineTitle, page.offline({ server })],
  ];
  const notes = { trusted: '', self_signed: page.selfSigned({ server }), plain: page.plain };
  return `<!doctype html>
<html lang="${e(words.locale)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${e(page.title({ server }))}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<main data-copied="${e(page.copied)}" data-by-hand="${e(page.copyByHand)}">
<header>
<h1>${e(page.heading({ server }))}</h1>
<p data-when="looking pending">${e(page.intro({ server }))}</p>
</header>
<noscript><p class="note">${e(page.needsScript)}</p></noscript>
<div role="status">
<p data-when="looking" class="quiet">${e(page.looking)}</p>
${states
  .map(
    ([state, title = '', text = '']) =>
      `<div class="note" data-when="${state}" hidden><h2>${e(title)}</h2><p>${e(text)}</p></div>`,
  )
  .join('\n')}
<div data-when="pending" hidden>
<p id="in-room" hidden>${e(page.toRoom)} <strong id="room"></strong></p>
<p id="no-room" hidden>${e(page.noRoom({ server }))}</p>
<p class="quiet">${e(page.until)} <time id="until"></time></p>
</div>
</div>
${notes[trust] === '' ? '' : `<p class="note warn" data-when="pending offline" hidden>${e(notes[trust])}</p>`}
<section data-when="pending offline" hidden>
<h2>${e(page.haveTitle)}</h2>
<p><a class="button" id="open" href="${invitePagePath}">${e(page.open)}</a></p>
<p class="quiet">${e(page.nothing)}</p>
<div class="copy">
<input id="text" readonly aria-label="${e(page.text)}" spellcheck="false">
<button type="button" id="copy">${e(page.copy)}</button>
</div>
</section>
<section data-when="pending" hidden>
<h2>${e(page.needTitle)}</h2>
<p>${e(page.stepsIntro)}</p>
<ol>
<li>${e(page.stepGet)}<pre>npm install -g paracord-node-*.tgz
paracord-node</pre></li>
<li>${e(page.stepName)}</li>
<li>${e(page.stepBack)}</li>
</ol>
<h3>${e(page.keepTitle)}</h3>
<p>${e(page.keep)}</p>
</section>
</main>
<script>${script}</script>
</body>
</html>
`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (letter) => entities[letter] ?? '');

/**
 * Runs in the browser. The layout of the invite is that of shared/protocol/invites/invite-link.ts: 79 characters, with
 * the id in bytes 1 to 8. Texts are inserted as text, never as markup.
 */
const script = `
'use strict';
const at = (id) => document.getElementById(id);
const show = (state) => {
  for (const part of document.querySelectorAll('[data-when]'))
    part.hidden = !part.dataset.when.split(' ').includes(state);
};
const payload = (/^#([\\w-]{79})(?:[_-]*$|[^\\w-])/.exec(location.hash) || [])[1];
const idOf = () => [...atob(payload.slice(0, 12).replace(/-/g, '+').replace(/_/g, '/'))].slice(1, 9)
  .map((letter) => letter.charCodeAt(0).toString(16).padStart(2, '0')).join('');
const app = 'paracord://join' + (location.protocol === 'http:' ? '-http' : '') + '/' + location.host + '/' + payload;
const fill = (offer) => {
  at('room').textContent = offer.room ? offer.room.name : '';
  at('in-room').hidden = !offer.room;
  at('no-room').hidden = Boolean(offer.room);
  const { lang } = document.documentElement;
  const locale = navigator.languages.find((one) => one.toLowerCase().startsWith(lang)) || lang;
  at('until').textContent = new Date(offer.expires_at)
    .toLocaleString(locale, { dateStyle: 'long', timeStyle: 'short' });
};
const look = async () => {
  if (!payload) return show('damaged');
  at('open').href = app;
  at('text').value = app;
  try {
    const answer = await fetch('${federationPrefix}/peers/invite/' + idOf(), { credentials: 'omit' });
    if (answer.status === 404 || answer.status === 400) return show('unknown');
    if (!answer.ok) return show('offline');
    const offer = await answer.json();
    if (offer.status === 'pending') fill(offer);
    show(offer.status);
  } catch {
    show('offline');
  }
};
at('copy').addEventListener('click', async () => {
  const { copied, byHand } = document.querySelector('main').dataset;
  at('text').select();
  try {
    await navigator.clipboard.writeText(app);
    at('copy').textContent = copied;
  } catch {
    at('copy').textContent = byHand;
  }
});
addEventListener('hashchange', () => location.reload());
look();
`;

const style = `
:root { color-scheme: light dark; --ground: light-dark(#f5f7f7, #111615); --surface: light-dark(#fff, #1a201f);
--ink: light-dark(#16211f, #e6eceb); --quiet: light-dark(#54625f, #9dacaa); --line: light-dark(#dbe2e0, #2c3634);
--accent: light-dark(#0f766e, #2dd4bf); --on-accent: light-dark(#fff, #06231f); --sunken: light-dark(#ecf0ef, #0c100f);
--warn: light-dark(#fdf0d3, #3a2c0e); }
* { box-sizing: border-box; }
body { margin: 0; padding: 24px 16px 48px; background: var(--ground); color: var(--ink); line-height: 1.5;
font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif; }
main { display: grid; grid-template-columns: minmax(0, 1fr); gap: 20px; max-width: 560px; margin: 0 auto; padding: 28px; border: 1px solid var(--line);
border-radius: 14px; background: var(--surface); overflow-wrap: anywhere; }
@media (max-width: 479px) { body { padding: 0; background: var(--surface); } main { padding: 24px 20px; border: 0; } }
h1 { margin: 0 0 8px; font-size: 1.5rem; line-height: 1.25; } h2 { margin: 0 0 8px; font-size: 1.0625rem; }
h3 { margin: 16px 0 4px; font-size: 1rem; } p { margin: 0 0 8px; } ol { margin: 8px 0; padding-left: 22px; }
li { margin-bottom: 8px; } section { border-top: 1px solid var(--line); padding-top: 20px; }
.quiet { color: var(--quiet); font-size: .875rem; } [hidden] { display: none !important; }
.note { margin: 0; padding: 14px 16px; border-radius: 10px; background: var(--sunken); }
.note p { margin: 0; } .warn { background: var(--warn); font-size: .875rem; }
.button, button { display: inline-flex; align-items: center; justify-content: center; min-height: 44px; padding: 0 20px;
border: 0; border-radius: 9px; background: var(--accent); color: var(--on-accent); font: inherit; font-weight: 600;
text-decoration: none; cursor: pointer; } .button { width: 100%; }
button { background: var(--sunken); color: var(--ink); border: 1px solid var(--line); }
.copy { display: flex; gap: 8px; flex-wrap: wrap; } input { flex: 1 1 200px; min-width: 0; min-height: 44px;
padding: 0 12px; border: 1px solid var(--quiet); border-radius: 9px; background: var(--sunken); color: var(--ink);
font: .8125rem ui-monospace, monospace; } pre { white-space: pre-wrap; margin: 8px 0 0; padding: 10px 12px;
border-radius: 8px; background: var(--sunken); font: .8125rem/1.5 ui-monospace, monospace; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
`;

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-cache',
  'content-security-policy': [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    'img-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  'referrer-policy': 'no-referrer',
  vary: 'accept-language',
  'x-content-type-options': 'nosniff',
};
