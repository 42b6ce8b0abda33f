import { BusCallError, type EventBus } from './event-bus.ts';

/** The code of a request that was not sent, since another listener may be the one to publish by now. */
export const LEASE_NOT_HELD = 'LeaseNotHeld';

/**
 * Sends a request only if that is allowed at that very moment. It belongs next to the bus, inside of all that takes time.
 * @param mayPublish whether this listener holds the lease for certain
 */
export function fencedBus(bus: EventBus, mayPublish: () => boolean): EventBus {
  return {
    async put(entries) {
      if (mayPublish()) return bus.put(entries);
      throw new BusCallError('this listener does not hold the lease: nothing was sent', {
        code: LEASE_NOT_HELD,
        canRetry: true,
      });
    },
  };
}
