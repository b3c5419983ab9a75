import type { KeyView } from '../../../../shared/api/views/views.ts';

export type KeyState = 'active' | 'announced' | 'retired';

/** A key made after the one that signs waits for its turn; one made before has had it. */
export function keyState(key: KeyView, all: readonly KeyView[]): KeyState {
  if (key.active) return 'active';
  const active = all.find((one) => one.active);
  return active && key.created_at > active.created_at ? 'announced' : 'retired';
}
