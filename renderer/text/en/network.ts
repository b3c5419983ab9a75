/** How peers come in: listener, certificate, router, address; in the settings and in the wizard. */
export const network = {
  rows: { port: 'Port', certificate: 'Certificate', router: 'Router', address: 'Public address' },

  listener: {
    title: 'Listener',
    at: 'Peers are heard on',
    hint: (port: string) => `TCP port ${port} of this machine, by its name or address in your network.`,
    none: 'There is no listener: no peer is heard.',
    port: 'Port',
    portHint: 'Takes effect at once. What is under way on the former port may end there.',
    moves: (address: string) => `The public address becomes ${address}, and peers are told.`,
    forward: (port: string) =>
      `A rule in the router that you made yourself has to lead to port ${port} then.`,
    save: 'Change port',
    saved: (port: number) => `Peers are heard on port ${port} now.`,
    byFlag: 'This node was started with --listen, which names the port. Start it without to change it here.',
  },

  certificate: {
    title: 'Certificate',
    shown: (names: string, issuer: string) =>
      names === '' ? `By ${issuer}.` : `For ${names}, by ${issuer}.`,
    until: (when: string) => `Valid until ${when}.`,
    pinned: 'No system trusts it; peers know its key by heart instead.',
    retry: 'Try now',
    question: 'Where does it come from?',
    modes: {
      'self-signed': 'Made by this node',
      acme: 'From a public authority',
      files: 'My own certificate',
      off: 'TLS is off',
    },
    hints: {
      'self-signed':
        'Peers take it as yours when they add you, and notice if it is ever another. There is nothing to renew.',
      acme: 'Asked for and renewed by this node (Let’s Encrypt). For who wants to be trusted by every system.',
      files: 'Read from your files, and again whenever you renew them.',
      off: 'Plain HTTP: right behind a proxy that ends TLS, and for tests. Every event is signed all the same.',
    },
    certFile: 'Certificate file',
    certFileHint:
      'The chain in PEM, its whole path on the node’s machine, such as /etc/ssl/chat/fullchain.pem',
    keyFile: 'Key file',
    keyFileHint: 'Its private key in PEM. It is read, never copied or shown.',
    names: 'Names',
    namesHint: (host: string) =>
      `Domain names or IP addresses, with commas between them. If empty: ${host}. They have to lead here.`,
    namesHintNone: 'Domain names or IP addresses, with commas between them. They have to lead here.',
    email: 'E-mail address',
    emailHint: 'Where the authority may write to.',
    another: 'Another authority',
    directory: 'Its ACME directory',
    directoryHint: 'Let’s Encrypt if empty.',
    proof:
      'The authority comes to look at port 80 of each name. The router is asked to let it in for that moment; where it does not, forward TCP port 80 to this machine.',
    agree: 'I agree to the terms of the authority',
    terms: 'Read the terms of Let’s Encrypt',
    mustAgree: 'The authority gives certificates only to who agrees to its terms.',
    save: 'Use this certificate',
    saved: {
      'self-signed': 'The certificate made by this node is shown to peers now.',
      acme: 'The certificate is being asked for. Until it is there, one made by this node is shown.',
      files: 'Your certificate is shown to peers now.',
      off: 'TLS is off: a proxy has to end it.',
    },
    byFlag: 'This node was started with --tls, which names the certificate. Start it without to choose here.',
  },

  router: {
    title: 'Router',
    ask: 'Ask the router to let peers in',
    askHint: 'By PCP, NAT-PMP or UPnP, renewed while this node runs and taken back when it stops.',
    tried: 'What the router was asked',
    protocols: { pcp: 'PCP', 'nat-pmp': 'NAT-PMP', upnp: 'UPnP', pcp6: 'PCP, IPv6', upnp6: 'UPnP, IPv6' },
    offers: (address: string) =>
      `Peers are told ${address} for now. A name of your own stays when that address changes.`,
    use: 'Keep this as the public address',
    used: (address: string) => `Peers are told ${address} from now on.`,
  },

  reach: {
    title: 'Public address',
    question: 'How do other servers reach this one?',
    ways: {
      router: 'Directly, through my router',
      proxy: 'Through a reverse proxy',
      pull: 'Not at all: only pull for now',
    },
    wayHints: {
      router: 'The router lets peers in to this machine, by itself or by a rule of yours.',
      proxy: 'nginx, Caddy or a rented machine ends TLS and passes on to this machine.',
      pull: 'Nothing to set up. This node calls others; nobody calls it.',
    },
    address: 'Public address',
    addressHint:
      'What friends add you by: https://, a name or IPv4 address, a port if it is not 443, no path.',
    stepsTitle: 'What to do',
    pullTitle: 'What this means',
    save: 'Save address',
    savePull: 'Save: only pull',
    saved: 'The public address is saved, and peers are told.',
    clash: (port: string) =>
      `Port ${port} is the one this node listens on. A proxy on the same machine needs another: leave the port out (443), or change this node’s port below.`,
    switchesOff: 'Saving this also switches TLS off here, because the proxy ends it.',
    switchesOn: 'Saving this also switches TLS on, with a certificate made by this node.',
    byFlag: (address: string) =>
      `This node was started with --public-url ${address}, which comes before this setting. Start it without that flag to set the address here.`,
    notSet: 'Not set: this node only pulls.',
    untried: 'Test it below, from this machine; a peer can test it from outside.',
    yourAddress: '<your public IPv4 address>',
    localAddress: '<address of this machine>',
    recordStep:
      'Where your domain is managed, create this record. If your address changes now and then, use dynamic DNS; most routers can do that by themselves.',
    hostsStep:
      'This name is known in a local network only. Tell every machine that should reach you, in its hosts file:',
    openStep: 'Your router lets peers in already. There is nothing to do there.',
    forwardStep: 'In your router, under “port forwarding” or “virtual server”, add this rule:',
    forwardRule: (outside: string, inside: string) => `TCP ${outside}  →  this machine, port ${inside}`,
    firewallStep: (port: string) => `If this machine has a firewall, let TCP port ${port} in.`,
    cgnatStep:
      'If the router’s own address begins with 10. or 100.64 to 100.127, your provider shares one address among customers and no rule helps: use a proxy on a rented machine, or only pull.',
    tlsNeeded: 'TLS is off by a flag, so everybody on the way could read what is said. Start the node with:',
    tlsOffStep: 'A flag says how TLS is done here. Let the proxy end it, and start the node with:',
    caddyStep: 'With Caddy, this is the whole configuration:',
    nginxStep: 'Or with nginx:',
    pathStep: 'Nothing may be put before the path or taken from it: the path is signed.',
    pullSteps: [
      'What you write is sent out at once to every peer you can reach. What others write arrives when this node asks them, every few seconds while there is something new.',
      'Two servers of which neither can be reached cannot talk to each other.',
      'A friend adds you by your address, and at that moment it has to answer: in one network, over a VPN, or with the port opened for a minute.',
    ],
  },
};
