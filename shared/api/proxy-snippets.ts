import { limits } from '../protocol/limits.ts';
import type { Words } from '../words/words.ts';

export const proxyPrograms = ['caddy', 'nginx'] as const;
export type ProxyProgram = (typeof proxyPrograms)[number];

export interface ProxyFacts {
  /** The host as peers write it: `chat.example`, `chat.example:8448` for a port other than 443; IPv6 in brackets. */
  readonly publicHost: string;
  /** The federation listener, as seen from the proxy: `127.0.0.1:8448`. */
  readonly upstream: string;
  /** Files for nginx; Caddy manages its own. Certbot's paths by default. */
  readonly certificate?: { readonly cert: string; readonly key: string };
}

/** Rounded up, because a proxy with a lower limit would refuse what the node accepts. */
const bodyMebibytes = Math.ceil(limits.bodyBytesMax / 1_048_576);

/**
 * Writes the lines to paste into the configuration of a proxy in front of a node that runs with `--tls off`. The proxy
 * passes on path, query and Host header byte for byte, because peers sign them.
 */
export function proxySnippet(program: ProxyProgram, facts: ProxyFacts, comments: ProxyComments): string {
  return program === 'caddy' ? caddy(facts, comments) : nginx(facts, comments);
}

type ProxyComments = Words['network']['proxyComments'];

function caddy({ publicHost, upstream }: ProxyFacts, comments: ProxyComments): string {
  return `${publicHost} {
	# ${comments.size({ mebibytes: bodyMebibytes })}
	request_body {
		max_size ${bodyMebibytes}MiB
	}
	# ${comments.unchanged}
	reverse_proxy ${upstream} {
		transport http {
			# ${comments.idle}
			keepalive 30s
		}
	}
}
`;
}

function nginx({ publicHost, upstream, certificate }: ProxyFacts, comments: ProxyComments): string {
  const [, name = publicHost, port = '443'] = /^(\[.+\]|[^:]+)(?::(\d+))?$/.exec(publicHost) ?? [];
  const folder = `/etc/letsencrypt/live/${name}`;
  const { cert, key } = certificate ?? { cert: `${folder}/fullchain.pem`, key: `${folder}/privkey.pem` };
  return `server {
    listen ${port} ssl;
    listen [::]:${port} ssl;
    server_name ${name};
    ssl_certificate ${cert};
    ssl_certificate_key ${key};

    # ${comments.size({ mebibytes: bodyMebibytes })}
    client_max_body_size ${bodyMebibytes}m;
    client_body_buffer_size ${bodyMebibytes}m;

    location / {
        # ${comments.noPath}
        proxy_pass http://${upstream};
        proxy_http_version 1.1;
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header Connection "";
        # ${comments.direct}
        proxy_buffering off;
    }
}
`;
}
