import { describe, expect, test } from 'vitest';
import { readRefusal, saysExists, stopsEverything } from '../../src/lib/features/uploads/refusal-reader.ts';

describe('a refusal', () => {
  test("is told in the server's own words", () => {
    const body = JSON.stringify({
      error: { code: 'precondition_failed', reason: 'exists', message: 'Taken.' },
    });
    expect(readRefusal(412, body)).toEqual({
      code: 'precondition_failed',
      reason: 'exists',
      message: 'Taken.',
    });
  });

  test.each(['<html>413</html>', '', 'null', '{"error":"no"}', '[]'])(
    'from something that is not Drey (%j) is told by its status',
    (body) => expect(readRefusal(413, body).code).toBe('too_large'),
  );

  test('with an unknown status still says something', () => {
    expect(readRefusal(418, '').message).toContain('418');
  });

  test('is a question only where the name of a file is taken', () => {
    expect(saysExists({ code: 'precondition_failed', reason: 'exists', message: '' })).toBe(true);
    expect(saysExists({ code: 'conflict', reason: 'exists', message: '' })).toBe(false);
    expect(saysExists({ code: 'precondition_failed', message: '' })).toBe(false);
    expect(saysExists({ code: 'forbidden', reason: 'exists', message: '' })).toBe(false);
  });

  test('stops the rest when the session is over or the disk is full, and else does not', () => {
    expect(stopsEverything(readRefusal(401, ''))).toBe(true);
    expect(stopsEverything(readRefusal(507, ''))).toBe(true);
    expect(stopsEverything(readRefusal(403, ''))).toBe(false);
  });
});
