import { limits } from '../protocol/limits.ts';

export const proxyPrograms = ['caddy', 'nginx'] as const;
export type ProxyProgram = (typeof proxyPrograms)[number];

export interface ProxyFacts {
  /** How peers write it: `chat.example`, or `chat.example:8448` on another port than 443; IPv6 in brackets. */
  readonly publicHost: string;
  /** Where the federation listener is, from the proxy's side: `127.0.0.1:8448`. */
  readonly upstream: string;
  /** Files for nginx; Caddy sees to its own. By default where certbot puts them. */
  readonly certificate?: { readonly cert: string; readonly key: string };
}

/** What we take, rounded up: a proxy that takes less would refuse in our name. */
const bodyMebibytes = Math.ceil(limits.bodyBytesMax / 1_048_576);

/**
 * What to paste into a proxy's configuration, in front of a node that was started with `--tls off`. Path and query go
 * on byte for byte because peers sign them; so does the Host header.
 */
export function proxySnippet(program: ProxyProgram, facts: ProxyFacts): string {
  return program === 'caddy' ? caddy(facts) : nginx(facts);
}

function caddy({ publicHost, upstream }: ProxyFacts): string {
  return `${publicHost} {
	# Paracord Node takes requests of up to ${bodyMebibytes} MiB.
	request_body {
		max_size ${bodyMebibytes}MiB
	}
	# Path, query and Host go on as they came: peers sign them.
	reverse_proxy ${upstream} {
		transport http {
			# Shorter than the node keeps idle connections.
			keepalive 30s
		}
	}
}
`;
}

function nginx({ publicHost, upstream, certificate }: ProxyFacts): string {
  const [, name = publicHost, port = '443'] = /^(\[.+\]|[^:]+)(?::(\d+))?$/.exec(publicHost) ?? [];
  const folder = `/etc/letsencrypt/live/${name}`;
  const { cert, key } = certificate ?? { cert: `${folder}/fullchain.pem`, key: `${folder}/privkey.pem` };
  return `server {
    listen ${port} ssl;
    listen [::]:${port} ssl;
    server_name ${name};
    ssl_certificate ${cert};
    ssl_certificate_key ${key};

    # Paracord Node takes requests of up to ${bodyMebibytes} MiB.
    client_max_body_size ${bodyMebibytes}m;
    client_body_buffer_size ${bodyMebibytes}m;

    location / {
        # Nothing after the port, not even a slash: path and query go on as they came, because peers sign them.
        proxy_pass http://${upstream};
        proxy_http_version 1.1;
        proxy_set_header Host $http_host;
        proxy_set_header Connection "";
        # Long answers go straight through instead of by way of the disk.
        proxy_buffering off;
    }
}
`;
}
