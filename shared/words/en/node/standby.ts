/** Two nodes with one identity on one database: which of them leads, and what the other may do. */
export const standby = {
  standby: {
    lease:
      'This node can’t be sure that it still leads, so it answers nothing for now. It retries by itself, or its standby takes over within a few seconds. Try again then.',
    no_leader:
      'No node of this server leads at the moment. A standby takes over within a few seconds. Try again then.',
    not_reached:
      'This node stands by. The node on {leader} leads, and it did not answer. {why} Whether it did what you asked for is unknown: look before you try again. If {leader} is down, this node takes over within a few seconds. If it is not, check that no firewall blocks TCP connections between the two computers, on any port.',
    not_asked:
      'This node stands by. The node on {leader} leads, and it did not answer. {why} Nothing was changed. Try again in a few seconds: if {leader} is down, this node takes over by then. If it is not, check that no firewall blocks TCP connections between the two computers, on any port.',
    unreachable_title: 'The node that leads does not answer this one',
    unreachable:
      'This node stands by for the node on {leader}, and did not get an answer from it. You can read rooms and messages here. What you change here fails, and so does what peers send to this node.',
    unreachable_fix:
      'Check that no firewall blocks TCP connections between the two computers, on any port. Until then, use the console of the node on {leader}. If that node is down, this one takes over within a few seconds.',
    not_now: 'This server can’t take this right now. Try again in a few seconds.',
    reads_only: 'This node stands by. Only the node that leads can do this.',
    logout: 'This node stands by and can’t end a login that was made at the node that leads. Log out there.',
    finding_here: 'On this computer, where the node stands by: {title}',
    old_copy:
      'This node stands by, and it has been more than {seconds} s since it last reached the database. What it could show may be too old.',
    carrier_gone:
      'The standby that was to send this is gone, so nothing is known about whether it did. It is sent again.',
    not_ours:
      'The nodes of this server can’t work together: they have different identities, or clocks that differ too much. Copy identity.json from the node that leads to the other one, and set both clocks.',
  },
} as const;
