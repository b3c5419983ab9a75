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
    title: 'Listener',
    at: 'Listening for peers on',
    hint: 'TCP port {port} on this computer, at its name or address in your network.',
    none: 'Not listening for peers.',
    port: 'Port',
    portHint: 'Takes effect right away. Connections on the old port may be cut off.',
    moves: 'The public address changes to {address}, and your peers are notified.',
    forward: 'If you forward a port in your router yourself, change it to port {port}.',
    save: 'Change port',
    saved: 'Now listening for peers on port {port}.',
    byFlag:
      'The port was set with --listen when this node started. To change it here, start the node without that flag.',
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
      acme: 'From a certificate authority',
      files: 'My own files',
      off: 'TLS off',
    },
    hints: {
      'self-signed':
        'This node creates it. Peers remember it when they add you, and are warned if it ever changes. You never have to renew it.',
      acme: 'This node requests it from Let’s Encrypt and renews it. Choose this if browsers and other systems should trust it too.',
      files: 'This node reads your files, and reads them again when you renew them.',
      off: 'Plain HTTP, for use behind a proxy that handles TLS, and for testing. Events are signed either way.',
    },
    certFile: 'Certificate file',
    certFileHint:
      'Full path on the node’s computer to the certificate chain in PEM format, such as /etc/ssl/chat/fullchain.pem',
    keyFile: 'Key file',
    keyFileHint: 'Full path to its private key in PEM format. The node only reads it.',
    names: 'Names',
    namesHint:
      'Domain names or IP addresses, separated by commas. They must point to this node. Leave empty to use {host}.',
    namesHintNone: 'Domain names or IP addresses, separated by commas. They must point to this node.',
    email: 'Email address',
    emailHint: 'The certificate authority uses it to contact you.',
    another: 'Use another certificate authority',
    directory: 'ACME directory URL',
    directoryHint: 'Leave empty to use Let’s Encrypt.',
    proof:
      'The certificate authority connects to port 80 of each name. The node asks your router to open that port for a moment. If your router doesn’t support this, forward TCP port 80 to this computer.',
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
      acme: 'Requesting the certificate. Until it arrives, the node uses a self-signed one.',
      files: 'Now using your certificate.',
      off: 'TLS is off. Put a proxy in front that handles it.',
    },
    byFlag:
      'The certificate was set with --tls when this node started. To change it here, start the node without that flag.',
  },

  router: {
    title: 'Router',
    ask: 'Set up port forwarding automatically',
    askHint: 'Asks your router with PCP, NAT-PMP or UPnP. The rule is removed when the node stops.',
    tried: 'What the node asked your router',
    protocols: { pcp: 'PCP', 'nat-pmp': 'NAT-PMP', upnp: 'UPnP', pcp6: 'PCP, IPv6', upnp6: 'UPnP, IPv6' },
    offers:
      'Peers currently use {address}. Your provider may change this address. A domain name stays the same.',
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
      pull: 'This server calls your friends; they can’t call it',
    },
    question: 'How do other servers reach this one?',
    ways: {
      router: 'Directly, through my router',
      proxy: 'Through a reverse proxy',
      pull: 'Not at all for now',
    },
    wayHints: {
      router: 'Your router forwards connections to this computer, automatically or with a rule you add.',
      proxy: 'nginx, Caddy or a rented server handles TLS and forwards connections to this computer.',
      pull: 'Nothing to set up. This node connects to others, but they can’t connect to it.',
    },
    address: 'Public address',
    addressHint:
      'The address friends use to add you: https://, then a name or an IPv4 address, and the port unless it is 443.',
    stepsTitle: 'What to do',
    pullTitle: 'What this means',
    save: 'Save address',
    savePull: 'Save without an address',
    saved: 'Public address saved. Your peers are notified.',
    clash:
      'This node already listens on port {port}. A proxy on the same computer needs a different port: leave the port out of the address (443), or change the node’s port below.',
    switchesOff: 'This also turns TLS off here, because the proxy handles it.',
    switchesOn: 'This also turns TLS on, with a self-signed certificate.',
    byFlag:
      'The address was set with --public-url {address} when this node started. To change it here, start the node without that flag.',
    notSet: 'Not set. This node can fetch messages, but peers can’t connect to it.',
    untried: 'You can check it here. That check runs on this computer; a peer can check from outside.',
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
      'A flag turned TLS off, so anyone between you and your peers can read your messages. Start the node with:',
    tlsOffStep: 'A flag turned TLS on. Let the proxy handle TLS instead, and start the node with:',
    caddyStep: 'With Caddy, this is the whole configuration:',
    nginxStep: 'Or with nginx:',
    pathStep: 'The proxy must pass the request path on unchanged, because the path is part of the signature.',
    pullSteps: {
      sending:
        'What you write is sent right away to every peer you can reach. What others write arrives when this node asks for it, every few seconds in an active room.',
      bothPull: 'Two servers can’t exchange messages if neither can reach the other.',
      adding:
        'A friend adds you by your address, so it has to work at that moment: in the same network, over a VPN, or with the port open for a minute.',
    },
  },
  /** Comments in the configurations of proxies. */
  proxyComments: {
    size: 'Paracord Node accepts requests of up to {mebibytes, number} MiB.',
    unchanged: 'Path, query and Host are passed on unchanged, because peers sign them.',
    idle: 'Shorter than the node keeps idle connections.',
    noPath:
      'Nothing after the port, not even a slash: path and query are passed on unchanged, because peers sign them.',
    direct: 'Long answers are passed on directly, without being written to disk first.',
  },
} as const;
