import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCertificate, judgeOwnCertificate } from '../../../../main/doctor/certificate.ts';
import type { CertificateFacts } from '../../../../main/tls/pair.ts';
import { allInEnglish } from '../../../support/words.ts';

const dayMs = 86_400_000;
const now = Date.parse('2025-06-01T12:00:00Z');
/** A step with sentences in English. */
interface Shown {
  readonly result: string;
  readonly text: string;
  readonly fix: string | null;
}
const good: CertificateFacts = {
  names: ['b.test', 'c.test'],
  issuer: 'Some Authority (R1)',
  validFrom: now - 30 * dayMs,
  validUntil: now + 60 * dayMs,
  spkiSha256: 'ab'.repeat(32),
  selfSigned: false,
};
const pin = good.spkiSha256;
const judge = (facts: Partial<CertificateFacts>, distrust: string | null, pinned: string | null = null) =>
  allInEnglish<Shown>(
    judgeCertificate({ facts: { ...good, ...facts }, distrust }, { host: 'b.test', pinned, now }),
  );

test('a good certificate is shown with its issuer, names and days, and needs nothing', () => {
  assert.deepEqual(judge({}, null), {
    result: 'ok',
    text: 'The certificate is issued by Some Authority (R1) for b.test, c.test. It is valid for 60 more days, until July 31, 2025.',
    fix: null,
  });
});

test('a certificate that expires soon passes with a note; soon is shorter for short-lived ones', () => {
  const soon = judge({ validUntil: now + 5 * dayMs }, null);
  assert.equal(soon.result, 'ok');
  assert.match(soon.text, /valid for 5 more days.*should have been renewed by now/);
  assert.match(soon.fix ?? '', /why it isn’t renewed/);
  assert.equal(judge({ validFrom: now - 2 * dayMs, validUntil: now + 4 * dayMs }, null).fix, null);
  assert.notEqual(judge({ validFrom: now - 5.5 * dayMs, validUntil: now + 0.5 * dayMs }, null).fix, null);
  assert.notEqual(judge({ validUntil: now + 5 * dayMs }, 'DEPTH_ZERO_SELF_SIGNED_CERT', pin).fix, null);
});

test('the last days are shown in hours', () => {
  assert.match(judge({ validUntil: now + 90 * 60_000 }, null).text, /valid for 1 more hour, until/);
});

test('each problem with a link has its own sentence and a next step', () => {
  const bad = {
    expired: judge({ validUntil: now - dayMs }, 'CERT_HAS_EXPIRED'),
    early: judge({ validFrom: now + dayMs }, 'CERT_NOT_YET_VALID'),
    name: judge({ names: ['other.test'] }, 'ERR_TLS_CERT_ALTNAME_INVALID'),
    'self-signed': judge({ selfSigned: true }, 'DEPTH_ZERO_SELF_SIGNED_CERT'),
    chain: judge({}, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
    key: judge({}, null, 'cd'.repeat(32)),
    other: judge({}, 'CERT_REVOKED'),
  };
  assert.match(bad.expired.text, /expired on May 31, 2025/);
  assert.match(bad.early.text, /isn’t valid before June 2, 2025/);
  assert.match(bad.early.fix ?? '', /the clock of this computer/);
  assert.match(bad.name.text, /is for other\.test, not for b\.test/);
  assert.match(bad['self-signed'].text, /self-signed, and no key is pinned/);
  assert.match(bad.chain.fix ?? '', /fullchain\.pem/);
  assert.match(bad.key.text, /has a different key than the one pinned for this peer/);
  assert.match(bad.other.text, /doesn’t trust the certificate .*CERT_REVOKED\)/);
  for (const [what, { result, fix }] of Object.entries(bad))
    assert.deepEqual([result, typeof fix], ['failed', 'string'], what);
  assert.equal(new Set(Object.values(bad).map(({ text }) => text)).size, 7);
});

test('with a pinned key nothing else about the certificate matters, and other problems are still shown', () => {
  const old = judge({ selfSigned: true, validUntil: now - dayMs, names: [] }, 'CERT_HAS_EXPIRED', pin);
  assert.equal(old.result, 'ok');
  assert.match(old.text, /self-signed and has the pinned key\. It expired on May 31, 2025/);
  assert.match(old.fix ?? '', /renew it with the same key/);
});

const judgeOwn = (
  facts: Partial<CertificateFacts>,
  distrust: string | null,
  host: string | null = 'b.test',
) => allInEnglish<Shown>(judgeOwnCertificate({ facts: { ...good, ...facts }, distrust }, host, now));

test('our own certificate is judged like a peer’s, with what the owner can do about it', () => {
  assert.equal(judgeOwn({}, null).result, 'ok');
  const bad = {
    expired: judgeOwn({ validUntil: now - dayMs }, 'CERT_HAS_EXPIRED'),
    early: judgeOwn({ validFrom: now + dayMs }, 'CERT_NOT_YET_VALID'),
    name: judgeOwn({ names: ['other.test'] }, 'ERR_TLS_CERT_ALTNAME_INVALID'),
    chain: judgeOwn({}, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
    other: judgeOwn({}, 'CERT_REVOKED'),
  };
  for (const [what, { result, fix }] of Object.entries(bad)) {
    assert.equal(result, 'failed', what);
    assert.doesNotMatch(fix ?? 'its owner', /its owner|[Tt]ell/, what);
  }
  assert.match(bad.name.text, /is for other\.test, not for b\.test/);
  assert.match(bad.name.fix ?? '', /Get a certificate for b\.test/);
  assert.match(judgeOwn({ validUntil: now + dayMs }, null).fix ?? '', /Server, Network/);
});

test('for our own self-signed certificate only the time matters, and without a public address no name does', () => {
  const own = { selfSigned: true, names: [] };
  for (const distrust of ['DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_TLS_CERT_ALTNAME_INVALID', null])
    assert.match(
      judgeOwn(own, distrust).text,
      /^The certificate is self-signed\. Peers pin its key\. It is valid for/,
    );
  assert.equal(judgeOwn({ ...own, validUntil: now - 1 }, 'CERT_HAS_EXPIRED').result, 'failed');
  assert.equal(judgeOwn({}, 'ERR_TLS_CERT_ALTNAME_INVALID', null).result, 'ok');
});
