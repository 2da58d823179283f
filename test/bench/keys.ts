/** Who takes part in the bench: the keys of its portal, and the devices it sells with. */
import type { Subject } from '../../contract/index.ts';
import { portalKeys } from '../../simulator/portal/keys.ts';

/** Fixed, so that the portal's process and the shop's know each other. They protect nothing. */
export const benchKeys = portalKeys({
  signing: new Uint8Array(32).fill(1),
  sealing: new Uint8Array(32).fill(3),
});

export const till = (number: number): Subject => ({
  clientId: 'bench',
  deviceId: `till-${number}`,
});
