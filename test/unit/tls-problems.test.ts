import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AcmeProblem, explain, type FailedChallenge } from '../../main/tls/acme/problems.ts';

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
  const http = { name: 'chat.test', type: 'http-01' } as const;
  assert.equal(
    at('connection', '192.0.2.1: Connection refused', { challenge: http }),
    'ca.test could not connect to chat.test on port 80. Port 80 of chat.test must reach the address given with --acme-http (by default port 80 of this machine): check the router’s port forwarding, the firewall and the name’s DNS record. It says: “192.0.2.1: Connection refused”',
  );
  assert.match(
    at('unauthorized', '', { challenge: http }),
    /reached something else than this server at port 80 of chat\.test.*proxy in front has to pass \/\.well-known/,
  );
  assert.match(
    at('tls', '', { challenge: { name: 'chat.test', type: 'tls-alpn-01' } }),
    /port 443 of chat\.test must reach the federation listener.*pass the TLS connection itself on\.$/i,
  );
});

test('names, records and limits each have their next step', () => {
  assert.match(
    at('dns', '', { challenge: { name: 'chat.test', type: 'http-01' } }),
    /could not look chat\.test up\. Give it an A or AAAA record/,
  );
  assert.match(
    at('caa', '', { challenge: { name: 'chat.test', type: 'http-01' } }),
    /^The CAA record of chat\.test allows other authorities only/,
  );
  assert.match(at('compound', '', { name: 'inner.test' }), /^The CAA record of inner\.test/);
  assert.match(
    at('rateLimited', '', { retryAt: Date.UTC(2027, 0, 2, 3, 4) }),
    /rate limited until 2027-01-02 03:04 UTC\. Nothing needs to be done/,
  );
  assert.match(at('rejectedIdentifier'), /gives no certificate.*--acme-name/);
  assert.match(at('externalAccountRequired'), /made on its own site first.*--acme-directory/);
  assert.match(at('invalidContact'), /--acme-email/);
  assert.match(at('somethingNew', 'because'), /^ca\.test refused \(somethingNew\)\. It says: “because”$/);
});

test('what an authority quotes from our address is one short line', () => {
  const text = at('unauthorized', `got <html>\n\r\x1b[31m${'x'.repeat(5000)}`, {
    challenge: { name: 'chat.test', type: 'http-01' },
  });
  assert.doesNotMatch(text, /\p{Cc}/u);
  assert.ok(text.length < 800, String(text.length));
});
