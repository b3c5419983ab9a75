/** The server.toml of an existing server that listens on loopback and calls nothing on the internet. */
export function existingServerConfig(options: {
  readonly name: string;
  readonly dir: string;
  readonly port: number;
  readonly secret: string;
  /** 0: no limit. */
  readonly eventsPerMinute: number;
}): string {
  const { name, dir, port, secret, eventsPerMinute } = options;
  const sections = {
    server: { bind_address: `127.0.0.1:${port}`, server_name: name },
    database: { engine: 'sqlite', url: `sqlite://${dir}/paracord.db?mode=rwc` },
    auth: {
      jwt_secret: secret,
      registration_enabled: true,
      allow_username_login: true,
      require_email: false,
    },
    storage: { storage_type: 'local', path: `${dir}/uploads` },
    media: { storage_path: `${dir}/files` },
    // With a loopback name or 127.0.0.1 here, it asks a service on the internet for its address.
    livekit: { api_key: 'unused_key', api_secret: secret, url: 'ws://[::1]:9', http_url: 'http://[::1]:9' },
    network: { upnp: false, upnp_confirm_exposure: false },
    voice: { native_media: false },
    federation: {
      enabled: true,
      domain: name,
      signing_key_path: `${dir}/signing_key.hex`,
      allow_discovery: false,
      max_events_per_peer_per_minute: eventsPerMinute,
    },
    tls: { enabled: false, auto_generate: false },
    retention: { enabled: false },
    backup: { backup_dir: `${dir}/backups`, auto_backup_enabled: false },
  };
  return Object.entries(sections)
    .map(([section, values]) => {
      const lines = Object.entries(values).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
      return `[${section}]\n${lines.join('\n')}\n`;
    })
    .join('\n');
}
