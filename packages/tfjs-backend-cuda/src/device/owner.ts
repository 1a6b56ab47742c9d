import type { Driver, DriverCall } from '../driver/driver.js';

/** What arrays and streams need of the device that made them. */
export interface Owner {
  /** The driver, with the device as the current one. */
  activate(): Driver;
  /** Releases the resource of an address or handle. */
  release(
    call: Extract<DriverCall, 'cuMemFree_v2' | 'cuMemFreeHost' | 'cuStreamDestroy_v2'>,
    handle: bigint,
    owner: { free(): void } | { close(): void },
  ): void;
}
