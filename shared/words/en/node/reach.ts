/** How peers reach this node: what the router was asked for, and what its answers mean. */
export const reach = {
  reach: {
    proxy:
      'TLS is left to a proxy, and peers connect to the proxy. So the router isn’t asked to forward a port to your server.',
    proxy_fix:
      'Let the router forward TCP port 443 to the proxy, and set the address of the proxy as the public address.',
    loopback: 'Only this computer itself can connect to your server.',
    loopback_fix:
      'Put a reverse proxy in front of it and set the proxy’s address as the public address, or listen on all addresses (--listen [::]:{port}).',
    off: 'The router isn’t asked to let peers in.',
    off_fix:
      'If no peer can reach your server, turn on port mapping, or forward TCP port {port} to this computer in the router’s settings and set the public address.',
    public:
      'This computer has the public address {address} itself, so it needs no port forwarding. A firewall must leave TCP port {port} open.',
    offline: 'This computer has no connection to the internet right now.',
    offline_fix: 'Connect it to a network. This is checked again automatically.',
    trying: 'The router is being asked to let peers in.',
    no_external:
      'The router opened port {port}, but {address, select, none {reports no public address} other {the public address it reports isn’t one ({address})}}.',
    no_external_fix:
      'Find the public address (on the router’s status page) and set it here, with port {port}. If the router has none, it isn’t connected.',
    pinhole: 'The router lets peers in to {place} ({protocol}). Peers without IPv6 can’t connect this way.',
    other_port:
      'Peers reach your server at {place}. The router assigned port {external} because {port} was taken ({protocol}).',
    mapped: 'Peers reach your server at {place}: the router forwards the port ({protocol}).',
    no_address:
      'The router would let peers in, but has no public address itself. Either your provider shares one among many customers, or there is another router in front of this one.',
    no_address_fix:
      'Look up the router’s internet address on its status page. If it begins with 100.64 to 100.127, ask the provider for a public IPv4 address. If it begins with 10, 172.16 to 172.31 or 192.168, also forward TCP port {port} to it in the outer router.',
    closed:
      'This computer is behind a router that didn’t let peers in on request. From outside, peers get in only if you forward a port in the router’s settings.',
    closed_fix:
      'If you haven’t done that yet: turn on UPnP, NAT-PMP or PCP in the router, or forward TCP port {port} to {to} in its settings and set the public address under Server, Network.',
    this_machine: 'this computer',
    this_machine_at: 'this computer ({address})',
    contradiction:
      'The router contradicts itself: its public address is {one} by {one_protocol} and {other} by {other_protocol}.',
    contradiction_fix:
      'Restart the router. If it still contradicts itself, find out the public address yourself and set it here.',
    shared:
      'Your provider shares one public address among many customers ({address} is a shared address), so connections from outside don’t reach your server.',
    shared_fix: 'Ask the provider for a public IPv4 address.',
    double_nat: 'The router is behind another router: its external address is {address}, a private one.',
    double_nat_fix:
      'Also forward TCP port {port} to {address} in the outer router, or put one router in bridge mode. Then set the public address here.',
    or_listen_ipv6: 'Or use IPv6. Your server doesn’t listen on it yet: start it with --listen [::]:{port}.',
    or_ipv6:
      'Or allow TCP port {port} to {address} in the IPv6 firewall of the router, and set that as the public address here.',
    or_get_ipv6: 'Or ask for IPv6: this computer has no public IPv6 address.',
    only_fetches:
      'As long as nobody can connect to your server, it collects its messages from the servers that it can reach.',
    protocol:
      '{protocol, select, pcp {PCP} upnp {UPnP} pcp6 {PCP for IPv6} upnp6 {UPnP for IPv6} other {NAT-PMP}}',
  },
  router: {
    opened: 'The router opened the port.',
    none: 'The router offers none of PCP, NAT-PMP and UPnP, or they are turned off.',
    no_port: 'The router reports that it opened a port, but doesn’t name it.',
    no_time: 'The router reports that it opened the port, but for no time at all.',
    other_port: 'The router opened port {external} instead of {port}, so it was closed again.',
    absent: 'The router doesn’t offer {protocol}.',
    silent: 'The router didn’t answer {protocol}.',
    pcp_version: 'The router doesn’t offer PCP version 2, only version {version}.',
    only_nat_pmp: 'The router doesn’t offer PCP, only NAT-PMP.',
    no_mapping: 'The router reports its address by NAT-PMP, but doesn’t answer when asked for a port.',
    upnp_unreadable: 'The router answers UPnP, but its description can’t be read.',
    upnp_useless: 'The router answers UPnP, but offers no service to open a port.',
    refused: 'The router refused ({protocol}): {why}.',
    why_version: 'it speaks another version',
    why_not_allowed: 'it doesn’t allow this computer to ask',
    why_not_allowed_or_taken: 'it doesn’t allow this computer to ask, or another program holds this port',
    why_off: 'port mapping is turned off, or not allowed for this computer',
    why_no_internet: 'it has no internet connection, or no public address',
    why_full: 'it has no room for another mapping',
    why_no_tcp: 'it doesn’t map TCP',
    why_malformed: 'it didn’t understand the request',
    why_no_mapping: 'it doesn’t map ports',
    why_option: 'it lacks an option that was asked for',
    why_bad_option: 'it didn’t understand an option',
    why_quota: 'this computer has used up its share of mappings',
    why_port: 'it can’t assign the requested port',
    why_other_address: 'it sees this computer at another address, so there is another router in between',
    why_remote: 'it allows fewer remote addresses',
    why_unknown_request: 'it doesn’t know this request',
    why_invalid: 'it rejected the request as invalid',
    why_failed: 'it couldn’t do it. Often this means that it has no public address itself',
    why_no_pinholes: 'its firewall opens no pinholes',
    why_pinholes_off: 'it doesn’t allow pinholes',
    why_inside_address: 'it rejects the address of this computer',
    why_name_remote: 'it requires a remote address',
    why_name_port: 'it requires an external port',
    why_taken: 'another machine holds this port',
    why_same_port: 'it only assigns the same port outside as inside',
    why_any_port: 'it requires that no external port is named',
    why_no_free_port: 'it has no free port left',
    why_own_port: 'another of its functions holds this port',
    why_leads_to: 'port {port} is already forwarded to {address}, port {inside}',
    why_leads_elsewhere: 'port {port} is already forwarded to something else',
    why_code: 'it answered with the unknown code {code}',
    why_code_says: 'it answered with code {code}: “{quote}”',
  },
  challenge_port: {
    off: 'The router wasn’t asked for port {port} because port mapping is turned off. Turn it on in Server, Network.',
    abandoned: 'The router was asked for port {port}, but didn’t answer in time.',
    opened: 'The router opened port {port} ({protocol}).',
    check_name:
      'Its external address is {address}. Check that the name resolves to it, and ask the provider whether it lets port {port} through.',
    outer: 'Also forward TCP port {port} to {address} in the outer router, or put one router in bridge mode.',
    outer_unknown:
      'Also forward TCP port {port} to it in the outer router, or put one router in bridge mode.',
    no_address:
      'The router would open port {port}, but has no public address itself. Either your provider shares one among many customers, or there is another router in front of this one.',
    untrue_fix:
      'Restart the router. If this doesn’t help, find out its public address yourself and check that the name resolves to it.',
    closed: 'The router didn’t open port {port}.',
    closed_fix: 'Turn one of them on.',
    low_port: 'Some routers don’t open ports below 1024 on request.',
  },
} as const;
