/** How peers reach this server: listener, certificate, router, address; in the settings and in the wizard. */
export const network = {
  details: 'Details',
  /** The way of a friend's call to this computer, as a picture. */
  drawing: {
    label: 'The way to this computer',
    friend: 'Friend',
    router: 'Router',
    network: 'Your network',
    here: 'This computer',
    joint: '{from} to {to}: {state}',
    states: { ok: 'works', failed: 'doesn’t work', untested: 'not tested', running: 'being tested' },
  },
  rows: { port: 'Port', certificate: 'Certificate', router: 'Router', address: 'Public address' },

  listener: {
    title: 'Port for peers',
    at: 'Open at',
    hint: 'Open on this computer: port {port}.',
    none: 'No port is open.',
    port: 'Port',
    portHint: 'Takes effect right away. Connections on the old port may break.',
    moves: 'The public address changes to {address}, and your friends’ servers learn about it.',
    forward: 'If you forward a port in your router yourself, change it to port {port}.',
    save: 'Change port',
    saved: 'Port {port} is open now.',
    byFlag:
      'The port was set with --listen when your server started. To change it here, start without that flag.',
  },

  certificate: {
    title: 'Certificate',
    shown: 'Issued for {names} by {issuer}.',
    shownNameless: 'Issued by {issuer}.',
    until: 'Expires {when}.',
    standIn: 'Self-signed for now',
    noProxy: 'Nobody can connect until a proxy is in front.',
    pinned: 'Self-signed. Peers pin its key.',
    retry: 'Retry now',
    question: 'Which certificate should peers see?',
    modes: {
      'self-signed': 'Self-signed',
      acme: 'Public',
      files: 'My own files',
      off: 'TLS off',
    },
    hints: {
      'self-signed':
        'Your server creates it. Peers remember it when they add you, and are warned if it ever changes. You never have to renew it.',
      acme: 'Your server requests it from Let’s Encrypt and renews it. Choose this if browsers and other systems should trust it too.',
      files: 'Your server reads your files, and reads them again when you renew them.',
      off: 'Plain HTTP, for use behind a proxy that handles TLS, and for testing. Messages are signed either way.',
    },
    certFile: 'Certificate file',
    certFileHint:
      'Full path on the server’s computer to the certificate chain in PEM format, such as /etc/ssl/chat/fullchain.pem',
    keyFile: 'Key file',
    keyFileHint: 'Full path to its private key in PEM format. Your server only reads it.',
    names: 'Names',
    namesHint:
      'Domain names or IP addresses, separated by commas. They must lead to your server. If empty: {host}.',
    namesHintNone: 'Domain names or IP addresses, separated by commas. They must lead to your server.',
    email: 'Email address',
    emailHint: 'The certificate authority uses it to contact you.',
    another: 'Use another certificate authority',
    directory: 'ACME directory URL',
    directoryHint: 'If empty: Let’s Encrypt.',
    proof:
      'The certificate authority connects to port 80 of each name. Your server asks your router to open that port for a moment. If your router can’t do that, forward TCP port 80 to this computer.',
    agree: 'I agree to the terms of service of the certificate authority',
    terms: 'Read the terms of Let’s Encrypt',
    mustAgree: 'To get a certificate, you have to agree to the terms of service.',
    off: {
      title: 'Turn TLS off?',
      verb: 'Turn off',
      will: 'Nobody can connect until a proxy that handles TLS is in front.',
    },
    save: 'Use this certificate',
    saved: {
      'self-signed': 'Now using the self-signed certificate.',
      acme: 'Requesting the certificate. Until it arrives, your server uses a self-signed one.',
      files: 'Now using your certificate.',
      off: 'TLS is off. Put a proxy in front that handles it.',
    },
    byFlag:
      'The certificate was set with --tls when your server started. To change it here, start without that flag.',
  },

  router: {
    title: 'Router',
    ask: 'Set up port forwarding automatically',
    askHint: 'Asks your router with PCP, NAT-PMP or UPnP. The rule is removed when your server stops.',
    tried: 'What your server asked the router',
    protocols: { pcp: 'PCP', 'nat-pmp': 'NAT-PMP', upnp: 'UPnP', pcp6: 'PCP, IPv6', upnp6: 'UPnP, IPv6' },
    offers:
      'Friends currently use {address}. Your provider may change this address. A domain name stays the same.',
    use: 'Use this as the public address',
    used: 'The public address is now {address}.',
  },

  reach: {
    title: 'Public address',
    now: 'Current state',
    change: 'Change how friends reach me',
    titles: {
      router: 'Through your router',
      proxy: 'Through a proxy',
      pull: 'Your server calls your friends’ servers; from outside, nobody can call yours',
    },
    question: 'How do other servers reach yours?',
    ways: {
      router: 'My router',
      proxy: 'A proxy',
      pull: 'Not at all',
    },
    wayHints: {
      router: 'Your router forwards connections to this computer, automatically or with a rule you add.',
      proxy: 'nginx, Caddy or a rented server handles TLS and forwards connections to this computer.',
      pull: 'Nothing to set up. Your server connects to others, but they can’t connect to it.',
    },
    address: 'Public address',
    addressHint:
      'The address by which friends add you: https://, then a name or an IPv4 address, and the port unless it is 443.',
    stepsTitle: 'What to do',
    pullTitle: 'What this means',
    save: 'Save address',
    savePull: 'Save without an address',
    saved: 'Public address saved. Your friends’ servers learn about it.',
    clash:
      'Your server already uses port {port}. A proxy on the same computer needs a different port: leave the port out of the address (443), or change your server’s port below.',
    switchesOff: 'This also turns TLS off here, because the proxy handles it.',
    switchesOn: 'This also turns TLS on, with a self-signed certificate.',
    byFlag:
      'The address was set with --public-url {address} when your server started. To change it here, start without that flag.',
    notSet: 'Not set. Your server can collect messages, but friends can’t connect to it.',
    untried: 'Not tested yet. You can test it from this computer, and a friend’s server can from outside.',
    yourAddress: '<your public IPv4 address>',
    localAddress: '<address of this computer>',
    recordStep:
      'Create this DNS record where you manage your domain. If your IP address changes from time to time, use dynamic DNS. Most routers support it.',
    hostsStep:
      'This name only works in your local network. Add this line to the hosts file of every computer that should reach you:',
    openStep: 'Your router already forwards connections. Nothing to do there.',
    forwardStep: 'In your router, look for “port forwarding” or “virtual server” and add this rule:',
    forwardRule: 'TCP {outside}  →  this computer, port {inside}',
    firewallStep: 'If this computer has a firewall, allow incoming connections on TCP port {port}.',
    cgnatStep:
      'If your router’s own address starts with 10. or with 100.64 to 100.127, you share a public address with other customers of your provider, and port forwarding won’t work. Use a proxy on a rented server, or do without a public address.',
    tlsNeeded:
      'A flag turned TLS off, so anyone on the way to your friends can read along. Start your server with:',
    tlsOffStep: 'A flag turned TLS on. Let the proxy handle it instead, and start your server with:',
    caddyStep: 'With Caddy, this is the whole configuration:',
    nginxStep: 'Or with nginx:',
    pathStep: 'The proxy must not change the path of a request, because the signature covers it.',
    pullSteps: {
      sending:
        'What you write is sent right away to every server that yours can reach. What others write arrives when your server asks for it: every few seconds in an active room.',
      bothPull: 'If neither server can reach the other, no messages are exchanged.',
      adding:
        'A friend adds you by your address, so it has to work at that moment: in the same network, over a VPN, or with the port open for a minute.',
    },
  },
  entrance: {
    title: 'Where people log in',
    none: 'Your server has no encrypted address (https://) yet, so people can’t log in. Set a public address, or get a free name.',
    kinds: {
      domain: 'a name with a trusted certificate',
      'kept-name': 'a free name with a trusted certificate',
      tailscale: 'a Tailscale name',
      ip: 'an IP address with a trusted certificate',
      'self-signed': 'self-signed: browsers warn first',
      home: 'in your home network, self-signed: browsers warn first',
    },
    works: { chat: 'Chat', install: 'App and push', passkey: 'Passkeys' },
    states: { tested: 'tested', expected: 'should work', failed: 'not reached', never: 'not possible here' },
    test: 'Test from this computer',
    again: 'Test again',
  },

  freeName: {
    title: 'Get a free name',
    what: 'For a name that every phone trusts, without a domain and an open port: your server points it to your home and gets a certificate for it. It becomes your public address.',
    provider: 'Where is the name?',
    providers: { desec: 'deSEC', duckdns: 'DuckDNS', rfc2136: 'My own DNS server' },
    providerHints: {
      desec: 'A non-profit. Make an account and a name at desec.io, then a token under Token Management.',
      duckdns: 'Log in at duckdns.org, choose a name, and copy the token that is shown there.',
      rfc2136: 'It takes updates signed with a key (RFC 2136).',
    },
    name: 'Name',
    nameHints: {
      desec: 'Such as anna.dedyn.io, or a name below a domain that you have there',
      duckdns: 'Such as anna.duckdns.org',
      rfc2136: 'Such as chat.example.org',
    },
    token: 'Token',
    tokenHints: {
      desec: 'It stays on this computer and in its backups, and is never shown again.',
      duckdns: 'It stays on this computer and in its backups, and is never shown again.',
    },
    server: 'DNS server',
    serverHint: 'The primary server of the name, such as ns.example.org or 192.168.1.2:53',
    keyName: 'Name of the key',
    key: 'Secret of the key',
    keyHint: 'In base64, for HMAC-SHA256. It stays on this computer and in its backups.',
    address: 'Where does the name lead?',
    which: { public: 'To my home', home: 'To this computer' },
    whichHints: {
      public:
        'Your server writes your home’s address on the internet, and each new one. Friends still need an open port.',
      home: 'Your server writes this computer’s address in the home network. Nobody from outside can connect, and nothing has to be opened.',
    },
    save: 'Get this name',
    saved: 'The name leads here. Your server requests its certificate now.',
    state: 'At {provider}. Leads to {address}, written {when}.',
    change: 'Enter another token…',
    drop: {
      title: 'Give up the name?',
      verb: 'Give up',
      will: 'People can’t log in under this name any more, and passkeys made for it stop working.',
      deleted: 'Its records and its token are deleted, and the certificate is self-signed again.',
    },
    byFlag:
      'Address or certificate were set by a flag when your server started. To use a free name, start it without --public-url and --tls.',
  },
  /** Comments in the configurations of proxies. */
  proxyComments: {
    size: 'Paracord Node accepts requests of up to {mebibytes, number} MiB.',
    unchanged: 'Path, query and Host are passed on unchanged, because peers sign them.',
    idle: 'Shorter than Paracord Node keeps idle connections.',
    noPath:
      'Nothing after the port, not even a slash: path and query are passed on unchanged, because peers sign them.',
    direct: 'Long answers are passed on directly, without being written to disk first.',
  },
} as const;
