/** Server: the list of what is below it. */
export const server = {
  title: 'Server',
  sectionsLabel: 'Below Server',
  sections: {
    status: 'Status',
    connections: 'Connections',
    deliveries: 'Deliveries',
    network: 'Network',
    keys: 'Keys and backup',
    settings: 'Settings',
  },
} as const;
