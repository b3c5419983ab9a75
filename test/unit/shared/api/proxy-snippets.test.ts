import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proxySnippet } from '../../../../shared/api/proxy-snippets.ts';
import { limits } from '../../../../shared/protocol/limits.ts';
import { wordsIn } from '../../../../shared/words/words.ts';

const comments = wordsIn('en').network.proxyComments;

test('Caddy gets the name, the listener and a body limit above ours', () => {
  const text = proxySnippet('caddy', { publicHost: 'chat.example', upstream: '127.0.0.1:8448' }, comments);
  assert.match(text, /^chat\.example \{\n/);
  assert.match(text, /^\treverse_proxy 127\.0\.0\.1:8448 \{$/m);
  const [, mebibytes] = /max_size (\d+)MiB/.exec(text) ?? [];
  assert.ok(Number(mebibytes) * 1_048_576 >= limits.bodyBytesMax);
});

test('nginx passes path and Host on unchanged: no slash after the port', () => {
  const text = proxySnippet('nginx', { publicHost: 'chat.example', upstream: '127.0.0.1:8448' }, comments);
  assert.match(text, /^ {8}proxy_pass http:\/\/127\.0\.0\.1:8448;$/m);
  assert.match(text, /^ {8}proxy_set_header Host \$http_host;$/m);
  assert.match(text, /^ {4}listen 443 ssl;$/m);
  assert.match(text, /ssl_certificate \/etc\/letsencrypt\/live\/chat\.example\/fullchain\.pem;/);
  const [, mebibytes] = /client_max_body_size (\d+)m;/.exec(text) ?? [];
  assert.ok(Number(mebibytes) * 1_048_576 >= limits.bodyBytesMax);
});

test('a port and an address in the public name stand where they belong', () => {
  const text = proxySnippet('nginx', { publicHost: '[2001:db8::1]:8448', upstream: '[::1]:9000' }, comments);
  assert.match(
    text,
    /^ {4}listen 8448 ssl;\n {4}listen \[::\]:8448 ssl;\n {4}server_name \[2001:db8::1\];$/m,
  );
  assert.match(text, /proxy_pass http:\/\/\[::1\]:9000;/);
  assert.match(
    proxySnippet('caddy', { publicHost: 'a.test:8448', upstream: 'b:1' }, comments),
    /^a\.test:8448 \{/,
  );
});
