import assert from 'node:assert/strict';
import { test } from 'node:test';
import { said } from '../../../shared/words/said.ts';
import { startCertifiedNode } from '../../support/nodes/tls-node.ts';
import { until } from '../../support/until.ts';

test('the control API answers in the language of the request, errors and their fields included', async (t) => {
  const { node, control } = await startCertifiedNode(t, { tls: { mode: 'off' } });
  const ask = async (path: string, language?: string, body?: object) => {
    const answer = await fetch(`${control}/api/v1${path}`, {
      method: body ? 'POST' : 'GET',
      headers: {
        authorization: `Bearer ${node.token}`,
        'content-type': 'application/json',
        ...(language ? { 'accept-language': language } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return (await answer.json()) as {
      health: { text: string };
      message: string;
      findings: { code: string; title: string }[];
      details: { fields: { message: string }[] };
    };
  };
  const german = await ask('/status', 'de-CH,de;q=0.9,en;q=0.5');
  assert.equal(german.health.text, 'Dein Server läuft. Lade jemanden ein, um loszulegen.');
  assert.equal((await ask('/status')).health.text, 'Your server is running. Invite a friend to start.');
  assert.equal((await ask('/status', 'fr')).health.text, 'Your server is running. Invite a friend to start.');
  const { findings } = await ask('/doctor', 'de');
  const saved = findings.find(({ code }) => code === 'recovery-file-missing');
  assert.equal(saved?.title, 'Keine Wiederherstellungsdatei gespeichert');
  const unknown = '/peers/nobody.test';
  assert.match((await ask(unknown, 'de')).message, /^nobody\.test ist hier nicht bekannt\./);
  assert.match((await ask(unknown)).message, /^Your server doesn’t know nobody\.test\./);
  const misspelt = await ask('/rooms', 'de', { nmae: 'x', name: 'x', join_rule: 'peers' });
  assert.match(misspelt.details.fields[0]?.message ?? '', /^unbekanntes Feld/);
});

test('a notice reaches each reader of the stream in the reader’s language', async (t) => {
  const { node, control } = await startCertifiedNode(t, { tls: { mode: 'off' } });
  const read = async (language: string) => {
    const answer = await fetch(`${control}/api/v1/stream`, {
      headers: { authorization: `Bearer ${node.token}`, 'accept-language': language },
    });
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
    t.after(() => reader.cancel());
    let text = '';
    void (async () => {
      for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
    })().catch(() => {});
    return () => /"text":"([^"]*)"/.exec(text)?.[1];
  };
  const [german, english] = [await read('de'), await read('en')];
  node.changes.publish({
    topic: 'notice',
    level: 'info',
    said: said('peer.opened_invite', { name: 'ben' }),
  });
  assert.equal(
    await until([], 'the German notice', german),
    'ben hat deine Einladung angenommen. Ihr seid verbunden.',
  );
  assert.equal(
    await until([], 'the English notice', english),
    'ben accepted your invite. You are connected.',
  );
});
