import { expect, test } from 'vitest';
import { LocalDriver } from '../../server/storage/drivers/local-driver.ts';
import { MemoryDriver } from '../../server/storage/drivers/memory-driver.ts';
import { ConcurrencyDriver } from '../../server/storage/wrappers/concurrency-driver.ts';
import { describeDriver } from './driver-conformance.ts';
import { at, body, codeOf, pausedBody, readText, scratchFolder } from './scratch.ts';

describeDriver(
  'one operation at a time on a disk',
  () => new ConcurrencyDriver(LocalDriver.open(scratchFolder()), 1),
);

/** Counts how many of its operations are under way. */
class CountingDriver extends MemoryDriver {
  current = 0;
  highest = 0;

  override async stat(path: ReturnType<typeof at>) {
    this.highest = Math.max(this.highest, ++this.current);
    await new Promise(setImmediate);
    this.current--;
    return super.stat(path);
  }
}

test('no more operations are under way at once than the limit, and no fewer than it allows', async () => {
  const inner = new CountingDriver();
  const driver = new ConcurrencyDriver(inner, 3);
  await Promise.all(Array.from({ length: 20 }, () => driver.stat(at(''))));
  expect(inner.highest).toBe(3);
});

test('a failed operation gives its slot back', async () => {
  const driver = new ConcurrencyDriver(new MemoryDriver(), 1);
  for (let count = 0; count < 3; count++)
    expect(await codeOf(driver, driver.stat(at('no')))).toBe('not_found');
  expect((await driver.stat(at(''))).kind).toBe('directory');
});

test('a body that keeps us waiting does not keep others from the storage', async () => {
  const driver = new ConcurrencyDriver(new MemoryDriver(), 1);
  const { body: slow, begun, goOn } = pausedBody('a', 'b');
  const writing = driver.write(at('slow'), slow);
  await begun;
  await driver.write(at('quick'), body('x'));
  goOn();
  await writing;
  expect(await readText(driver, 'slow')).toBe('ab');
});

test('an aborted write leaves the limit as it was', async () => {
  const inner = new CountingDriver();
  const driver = new ConcurrencyDriver(inner, 1);
  const { body: slow, begun, goOn } = pausedBody('a', 'b');
  const aborter = new AbortController();
  const writing = driver.write(at('slow'), slow, { signal: aborter.signal });
  await begun;
  aborter.abort(new Error('enough'));
  await expect(writing).rejects.toThrow('enough');
  goOn();
  await Promise.all(Array.from({ length: 5 }, () => driver.stat(at(''))));
  expect(inner.highest).toBe(1);
});

test('what the driver below cannot do is not offered', () => {
  const plain: MemoryDriver = new MemoryDriver();
  const driver = new ConcurrencyDriver(Object.assign(Object.create(plain), { move: undefined }), 1);
  expect(driver.move).toBeUndefined();
  expect(driver.space).toBeUndefined();
});
