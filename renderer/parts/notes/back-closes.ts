let last = 0;

/**
 * While something lies over the screen of a phone, the way back closes it instead of leaving the screen: it has an entry
 * of its own in the history. For an effect; the returned function is called when it has closed.
 */
export function backCloses(close: () => void): () => void {
  if (!matchMedia('(hover: none)').matches) return () => {};
  const own = ++last;
  const isHere = () => (history.state as { over?: number } | null)?.over === own;
  history.pushState({ over: own }, '');
  const hear = () => {
    if (!isHere()) close();
  };
  addEventListener('popstate', hear);
  return () => {
    removeEventListener('popstate', hear);
    // A choice may have led somewhere else; that stays.
    if (isHere()) history.back();
  };
}
