import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { describeSettings, loadConfig, settings } from '../../server/config/settings.ts';

/** A table's cells, without the blanks that line them up. */
function cellsOf(table: string): string[][] {
  const rows = table.split('\n').filter((line) => line.startsWith('|'));
  return rows
    .map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .filter((cells) => !cells.every((cell) => /^:?-+:?$/.test(cell)));
}

describe('the configuration', () => {
  test('has a default for every setting, and needs none to be given', () => {
    const config = loadConfig({});
    expect(Object.keys(config).sort()).toEqual(Object.keys(settings).sort());
    expect(config).toMatchObject({
      dataFolder: './data',
      host: '127.0.0.1',
      port: 8080,
      publicUrl: '',
      cluster: 'home',
      trustProxy: [],
    });
  });

  test('that is wrong is refused with every problem at once, typing errors included', () => {
    const environment = {
      DREY_PORT: '80800',
      DREY_PUBLIC_URL: 'files.example.org/drey',
      DREY_CLUSTER: 'Home!',
      DREY_TRUST_PROXY: 'everyone',
      DREY_MAX_FILE_SIZE: '5 apples',
      DREY_PROT: '8080',
      DREY_: 'x',
      drey_port: 'not ours: the name is in small letters',
      PATH: '/bin',
    };
    const wrong = [
      'DREY_PORT',
      'DREY_PUBLIC_URL',
      'DREY_CLUSTER',
      'DREY_TRUST_PROXY',
      'DREY_MAX_FILE_SIZE',
      'DREY_PROT',
      'DREY_',
    ];
    let message = '';
    try {
      loadConfig(environment);
    } catch (error) {
      expect(error).toMatchObject({ code: 'invalid' });
      message = (error as Error).message;
    }
    const named = message
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(':')[0]);
    expect(named.sort()).toEqual(wrong.sort());
  });

  test.each([
    ['DREY_PORT', ['', '-1', '1e3', '0x50', '8080 ', 'NaN', '65536', '80.5']],
    ['DREY_DATA', ['']],
    ['DREY_HOST', ['']],
    [
      'DREY_PUBLIC_URL',
      [
        'x',
        'ftp://a',
        'javascript:alert(1)',
        'https://a/b',
        'https://a?b',
        'https://u:p@a',
        '//a',
        'https://',
      ],
    ],
    ['DREY_CLUSTER', ['', 'A', '-a', 'a-', 'a/b', 'a b', '..', 'x'.repeat(64)]],
    ['DREY_TRUST_PROXY', ['true', '*', 'loopback', '10.0.0.0/8;1.1.1.1', ',']],
    ['DREY_LOG_LEVEL', ['', 'INFO', 'trace', '3']],
    ['DREY_SESSION_DAYS', ['0', '-1', '1.5', '9999', 'x']],
    ['DREY_UPLOAD_DAYS', ['0', 'x']],
    ['DREY_MAX_FILE_SIZE', ['', '-1', '1e3', 'NaN', 'Infinity', '1.5G', '1P', '9'.repeat(15) + 'T']],
    ['DREY_FREE_RESERVE', ['', '-1', 'x']],
  ])('takes no %s of %j', (name, values) => {
    for (const value of values) {
      expect(() => loadConfig({ [name]: value }), `${name}=${value}`).toThrow(
        new RegExp(`${name}: it (is|cannot|has) `),
      );
    }
  });

  test('reads sizes as disks are sold and origins without their slash', () => {
    const config = loadConfig({
      DREY_MAX_FILE_SIZE: '2G',
      DREY_FREE_RESERVE: '0',
      DREY_PUBLIC_URL: 'https://files.example.org/',
      DREY_TRUST_PROXY: '127.0.0.1, 10.0.0.0/8',
    });
    expect(config).toMatchObject({
      maxFileBytes: 2_000_000_000,
      reservedBytes: 0,
      publicUrl: 'https://files.example.org',
      trustProxy: ['127.0.0.1', '10.0.0.0/8'],
    });
  });

  test('is described in the README as it is', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    const tables = readme.split(/\n\s*\n/).filter((block) => block.includes('`DREY_DATA`'));
    expect(tables.map(cellsOf)).toContainEqual(cellsOf(describeSettings()));
  });
});
