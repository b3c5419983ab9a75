import { tuning } from '../config.ts';
import { CatchUp } from '../outbound/catch-up/catch-up.ts';
import { Delivery } from '../outbound/delivery/delivery.ts';
import { HeldQuestions } from '../outbound/delivery/held-questions.ts';
import { OutboxDecisions } from '../outbound/delivery/outbox-decisions.ts';
import { createSender } from '../outbound/delivery/sender.ts';
import { ReceiptReading } from '../outbound/receipts/receipt-reading.ts';
import { ReceiptTeller } from '../outbound/receipts/receipt-teller.ts';
import { Traffic } from '../outbound/traffic.ts';
import { Acceptances } from '../pairing/acceptances.ts';
import { PeerInvites } from '../pairing/peer-invites.ts';
import { Typing } from '../rooms/typing.ts';
import { Contacts } from '../trust/contact/contacts.ts';
import { RateLimiter } from '../trust/limits/rate-limiter.ts';
import type { Foundation } from './foundation.ts';
import type { Peers } from './peers.ts';
import type { Rooms } from './rooms.ts';

export type Outbound = ReturnType<typeof outbound>;

/** Builds the parts that send and ask on this node's own account, and those that make two servers peers. */
export function outbound(below: Foundation & Peers & Rooms) {
  const { store, settings, clock, rediscovery } = below;
  const delivery = new Delivery({
    ...below,
    store: store.outbox,
    send: createSender(below),
    maxAgeMs: settings.get().outbox_max_age_days * 86_400_000,
    inFlightMax: tuning.inFlightMax,
  });
  const outboxDecisions = new OutboxDecisions({ ...below, delivery });
  const contacts = new Contacts({ ...below, delivery });
  const typing = new Typing({ ...below, contacts });
  const receipts = new ReceiptTeller({ ...below, delivery });
  const receiptReading = new ReceiptReading(below);
  const catchUp = new CatchUp({
    ...below,
    contacts,
    rooms: below.remote,
    readBudget: new RateLimiter(clock),
  });
  const heldQuestions = new HeldQuestions(below);
  const traffic = new Traffic({ delivery, receipts, heldQuestions, catchUp, rediscovery });
  const peerInvites = new PeerInvites({ ...below, contacts });
  const acceptances = new Acceptances({ ...below, contacts });
  return {
    delivery,
    outboxDecisions,
    contacts,
    receipts,
    typing,
    receiptReading,
    catchUp,
    traffic,
    peerInvites,
    acceptances,
    heldQuestions,
  };
}
