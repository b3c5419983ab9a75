/** How each peer wants our requests signed, and with which key (docs/protocol/wire.md, "Who speaks which form"). */
export const sql = `
-- The form of the transport signature that it takes: 'bare' or 'addressed'; NULL until a signed probe has shown it.
ALTER TABLE federation_peer_trust_state ADD COLUMN form TEXT CHECK (form IN ('bare', 'addressed'));
-- The name by which it is addressed; NULL with the bare form.
ALTER TABLE federation_peer_trust_state ADD COLUMN destination TEXT;
-- The form before, and since when the current one is known. Unix ms.
ALTER TABLE federation_peer_trust_state ADD COLUMN form_before TEXT;
ALTER TABLE federation_peer_trust_state ADD COLUMN form_since INTEGER;
-- 1 if it has addressed a request to us: from then on it must.
ALTER TABLE federation_peer_trust_state ADD COLUMN addresses_us INTEGER NOT NULL DEFAULT 0;
-- The key of ours that it was last seen to accept, and since when. Unix ms.
ALTER TABLE federation_peer_trust_state ADD COLUMN proved_key TEXT;
ALTER TABLE federation_peer_trust_state ADD COLUMN proved_at INTEGER;
`;
