/** What the node says: to its owner in answers of the control API, in findings and notices. One group a subject. */
export const node = {
  plain: {
    /** Words of somebody else, shown as they are. */
    text: '{text}',
  },
} as const;
