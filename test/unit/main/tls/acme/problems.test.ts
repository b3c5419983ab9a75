import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import {
  AcmeProblem,
  explain as explained,
  type FailedChallenge,
  instead,
  ProblemDocument,
  whyNot,
} from '../../../../../main/tls/acme/problems.ts';
import { quoted } from '../../../../../shared/words/said.ts';
import { inEnglish } from '../../../../support/words.ts';

const explain = (...args: Parameters<typeof explained>): string => inEnglish(explained(...args));
const at = (
  type: string,
  detail = '',
  more: { challenge?: FailedChallenge; retryAt?: number; name?: string } = {},
) =>
  explain(
    new AcmeProblem(
      {
        type: `urn:ietf:params:acme:error:${type}`,
        detail,
        subproblems:
          more.name === undefined
            ? []
            : [
                {
                  type: 'urn:ietf:params:acme:error:caa',
                  detail: 'inner',
                  identifier: { type: 'dns', value: more.name },
                },
              ],
      },
      403,
      more.retryAt ?? null,
      more.challenge ?? null,
    ),
    'ca.test',
  );

test('a challenge nobody answered names the port that must reach this server, and what to look at', () => {
  const way = { place: quoted('port 8402 on 127.0.0.1'), instead: null, challengePort: null };
  const http = { name: 'chat.test', type: 'http-01', way } as const;
  assert.equal(
    at('connection', '192.0.2.1: Connection refused', { challenge: http }),
    'ca.test couldn’t connect to chat.test on port 80. Port 80 of chat.test must reach port 8402 on 127.0.0.1. Check the router’s port forwarding, the firewall and the DNS record of the name. It says: “192.0.2.1: Connection refused”',
  );
  assert.match(
    at('unauthorized', '', { challenge: http }),
    /reached something other than your server at port 80 of chat\.test.*proxy in front must pass on \/\.well-known/,
  );
  assert.match(
    at('tls', '', { challenge: { name: 'chat.test', type: 'tls-alpn-01', way: null } }),
    /port 443 of chat\.test must reach the federation listener.*pass on the TLS connection itself\.$/i,
  );
});

test('a failed challenge quotes the router, and suggests forwarding the port by hand if that helps', () => {
  const failed = (
    challengePort: { text: string; byHand: boolean },
    type: FailedChallenge['type'] = 'http-01',
    place = 'port 80 of this computer',
    instead: string | null = null,
  ) => {
    const way = {
      place: quoted(place),
      instead: instead === null ? null : quoted(instead),
      challengePort: { said: quoted(challengePort.text), byHand: challengePort.byHand },
    };
    return at('connection', '', { challenge: { name: 'chat.test', type, way } });
  };
  assert.equal(
    failed({ text: 'The router didn’t open port 80. Because.', byHand: true }),
    'ca.test couldn’t connect to chat.test on port 80. The router didn’t open port 80. Because. Or forward TCP port 80 to port 80 of this computer in the router’s settings. If you have done that, check the firewall and the DNS record of the name.',
  );
  assert.equal(
    failed({ text: 'The router opened port 443 (UPnP). Check.', byHand: false }, 'tls-alpn-01'),
    'ca.test couldn’t connect to chat.test on port 443. The router opened port 443 (UPnP). Check.',
  );
  assert.equal(
    failed({ text: 'Why.', byHand: true }, 'http-01', 'port 8402 of this computer', 'Port 80 is not had.'),
    'ca.test couldn’t connect to chat.test on port 80. Port 80 is not had. Why. Or forward TCP port 80 to port 8402 of this computer in the router’s settings. If you have done that, check the firewall and the DNS record of the name.',
  );
});

test('problems with answering HTTP-01 here are reported with every way out', () => {
  const all = { host: '::', port: 80 };
  const one = { host: '127.0.0.1', port: 80 };
  const said = (code: string, at = all) => inEnglish(whyNot({ code, message: 'system says no' }, at));
  const out =
    /another port for the answer \(with --acme-http when you start your server, or with “paracord-node settings change”\).*forward TCP port 80 to it.*TLS-ALPN-01, which needs port 443.*\(--acme-challenge tls-alpn-01\)\.$/;
  assert.match(
    said('EACCES'),
    /^Only administrators may use port 80 of this computer, .*\. Choose another port/,
  );
  assert.match(said('EACCES'), out);
  assert.match(
    said('EADDRINUSE', one),
    /^Another program uses port 80 on 127\.0\.0\.1, .*\. Stop that program, or choose another port/,
  );
  assert.match(said('EADDRINUSE'), out);
  assert.match(
    said('EADDRNOTAVAIL', one),
    /on 127\.0\.0\.1, which isn’t an address of this computer\. Choose another one \(with --acme-http when/,
  );
  assert.match(said('EMFILE'), /can’t listen on port 80 of this computer \(system says no\)\.$/);
});

test('another port answers if the usual one is in use, and not for other problems', () => {
  const [usual, other] = [
    { host: '::', port: 80 },
    { host: '::', port: 8402 },
  ];
  assert.equal(
    inEnglish(instead({ code: 'EACCES', message: '' }, usual, other)),
    'Only administrators may use port 80 of this computer, so the challenge is answered on port 8402.',
  );
  assert.match(
    inEnglish(instead({ code: 'EADDRINUSE', message: '' }, usual, other)),
    /^Another program uses .*, so/,
  );
  assert.equal(instead({ code: 'EMFILE', message: '' }, usual, other), null);
});

test('names, records and limits each have their next step', () => {
  assert.match(
    at('dns', '', { challenge: { name: 'chat.test', type: 'http-01', way: null } }),
    /couldn’t resolve chat\.test\. Give it an A or AAAA record/,
  );
  assert.match(
    at('caa', '', { challenge: { name: 'chat.test', type: 'http-01', way: null } }),
    /^The CAA record of chat\.test allows only other certificate authorities/,
  );
  assert.match(at('compound', '', { name: 'inner.test' }), /^The CAA record of inner\.test/);
  assert.match(
    at('rateLimited', '', { retryAt: Date.UTC(2027, 0, 2, 3, 4) }),
    /no more orders until January 2, 2027, .*You don’t need to do anything/,
  );
  assert.match(at('rejectedIdentifier'), /another name \(in Server, Network, or with --acme-name\)/);
  assert.match(at('externalAccountRequired'), /made on its own site first.*--acme-directory/);
  assert.match(at('invalidContact'), /--acme-email/);
  assert.match(
    at('somethingNew', 'because'),
    /^ca\.test refused the request \(somethingNew\)\. It says: “because”$/,
  );
});

test('an authority’s messages are reduced to a few short lines', () => {
  const long = `got <html>\n\r\x1b[31m${'x'.repeat(5000)}`;
  const part = { type: long, detail: long, identifier: { type: 'dns', value: long } };
  const problem = v.parse(ProblemDocument, { ...part, subproblems: Array(1000).fill(part) });
  assert.equal(problem.subproblems.length, 10);
  for (const { type, detail } of [problem, ...problem.subproblems]) {
    assert.doesNotMatch(type + detail, /\p{Cc}/u);
    assert.ok(type.length <= 100 && detail.length <= 300);
  }
  assert.ok(explain(new AcmeProblem(problem, 403, null), 'ca.test').length < 500);
  const named = { ...problem, type: 'urn:ietf:params:acme:error:dns' };
  assert.ok(explain(new AcmeProblem(named, 403, null), 'ca.test').length < 800);
});
