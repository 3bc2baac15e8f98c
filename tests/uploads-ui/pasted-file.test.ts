import { expect, test } from 'vitest';
import { namedByTime } from '../../src/lib/features/uploads/pasted-file.ts';

const now = new Date(2026, 10, 2, 9, 5, 7);

test('a picture that is pasted is named by the time', async () => {
  const named = namedByTime(new File(['pixels'], 'image.png', { type: 'image/png' }), now);
  expect(named.name).toBe('Pasted 2026-11-02 09.05.07.png');
  expect(await named.text()).toBe('pixels');
});

test('a file that has a name keeps it', () => {
  expect(namedByTime(new File([], 'image of a cat.png'), now).name).toBe('image of a cat.png');
});
