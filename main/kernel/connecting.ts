import { setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';

/**
 * How long an address of a name may take to connect before the next one is tried. Node.js gives up on each but the last
 * after 250 ms, which is less than a handshake over a satellite takes, or one whose first packet was lost. A dead address
 * delays the first connection by this much, so connecting still finishes within its own limit.
 *
 * This applies to the whole process. Every module that opens connections imports it.
 */
setDefaultAutoSelectFamilyAttemptTimeout(2_500);
