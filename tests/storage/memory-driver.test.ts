import { MemoryDriver } from '../../server/storage/drivers/memory-driver.ts';
import { describeDriver } from './driver-conformance.ts';

describeDriver('the memory driver', () => new MemoryDriver());
