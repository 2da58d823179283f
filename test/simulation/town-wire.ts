/** The wires of a town: to readers of stripes, and to readers of chips. */
import { protocols, type Timers } from '../../drivers/index.ts';
import { simulateMagtekMms, type SimulatedMms } from '../../simulator/readers/magtek-mms.ts';
import {
  simulateMagtekSerialLine,
  type SimulatedMagtek,
} from '../../simulator/readers/magtek-serial-line.ts';
import { stringWire, type Wire } from '../../simulator/readers/wire.ts';

/** A wire of the town, and what is spoken over it. */
export type TownWire =
  | (Wire<SimulatedMagtek> & { readonly protocol: 'magtek-serial-line' })
  | (Wire<SimulatedMms> & { readonly protocol: 'magtek-mms' });

/** Strings a wire to a reader that speaks this protocol. */
export const wireOf = (protocol: TownWire['protocol'], timers: Timers): TownWire => {
  const { framing } = protocols[protocol].lines.serial;
  return protocol === 'magtek-mms'
    ? { ...stringWire((send) => simulateMagtekMms({ timers }, send), framing, timers), protocol }
    : {
        ...stringWire((send) => simulateMagtekSerialLine({ timers }, send), framing, timers),
        protocol,
      };
};
