import { describe, expect, it } from 'vitest';
import { isolatedArgv, plainArgv, probeArgv, unconfinedArgv } from '../../../src/verify/build/build-env.ts';
import { LIFELINE, SETUP } from '../../../src/verify/build/isolation-script.ts';

const root = { uid: 0, gid: 0, name: 'root', home: '/root' };
const operator = { uid: 1000, gid: 1001, name: 'op', home: '/srv/op' };
const inputs = {
  user: root,
  command: ['./ci/container/build-ic.sh', '--icos'] as const,
  env: { PATH: '/usr/bin', HOME: '/cache/tmp-1/area/home' },
  area: '/cache/tmp-1/area',
  checkout: '/cache/tmp-1/area/source',
  temporary: '/cache/tmp-1/area/tmp',
  hide: ['/cache', '/data'],
};
const namespaces = [
  ...['setpriv', '--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'],
  ...['--propagation', 'private', '--'],
];
const command = ['env', '-i', 'PATH=/usr/bin', 'HOME=/cache/tmp-1/area/home', './ci/container/build-ic.sh', '--icos'];

describe('the exact call of a build', () => {
  it('is this for root', () => {
    expect(isolatedArgv(inputs)).toEqual([
      ...namespaces,
      ...['bash', '--norc', '-c', SETUP, 'nns-watch-build', '/cache/tmp-1/area', '/cache/tmp-1/area/tmp'],
      ...['/tmp', '/root', '/home', '/data', '/cache', '/etc/nns-watch', '/etc/credstore', '/run/credentials'],
      ...['/var/lib/nns-watch', '/var/cache/nns-watch', '/etc/credstore.encrypted'],
      ...['--', '/cache/tmp-1/area/source', ...command],
    ]);
  });

  it('goes through sudo for anybody else, and back before the build begins', () => {
    const argv = isolatedArgv({ ...inputs, user: operator });
    expect(argv.slice(0, 7)).toEqual(['sudo', '-n', '--', 'sh', '-c', LIFELINE, 'nns-watch-build']);
    expect(argv.slice(7, 7 + namespaces.length)).toEqual(namespaces);
    expect(argv).toContain('/srv/op');
    const drop = ['setpriv', '--reuid', '1000', '--regid', '1001', '--init-groups', '--'];
    expect(argv.slice(-command.length - drop.length)).toEqual([...drop, ...command]);
  });

  it('is asked for beforehand with the same namespaces', () => {
    expect(probeArgv(root).slice(0, namespaces.length)).toEqual(namespaces);
    expect(probeArgv(operator).slice(0, 3)).toEqual(['sudo', '-n', '--']);
  });

  it('has its whole environment in it, with or without isolation', () => {
    expect(plainArgv(inputs)).toEqual(command);
    expect(unconfinedArgv(inputs)).toEqual(['sh', '-c', 'umask 022; exec "$@"', 'nns-watch-build', ...command]);
  });

  it('hides what lies in something hidden only once', () => {
    const argv = isolatedArgv({ ...inputs, hide: ['/data/a/b', '/data', '/data/a', '/database', '/home/op/.env'] });
    const hidden = argv.slice(argv.indexOf('/cache/tmp-1/area/tmp') + 1, argv.indexOf('--', namespaces.length));
    expect(hidden).toContain('/database');
    expect(hidden.filter((path) => path.startsWith('/data/') || path.startsWith('/home/'))).toEqual([]);
    expect(hidden.filter((path) => path === '/data')).toHaveLength(1);
  });

  it.each(['/', '/usr', '/etc', '/var', '/var/lib', '/run', '/dev', 'relative', ''])('refuses to hide %j', (path) => {
    expect(() => isolatedArgv({ ...inputs, hide: [path] })).toThrow('cannot be hidden');
  });

  it('refuses to hide a part of what the build must see', () => {
    expect(() => isolatedArgv({ ...inputs, hide: ['/cache/tmp-1/area/source'] })).toThrow('that the build needs');
  });

  it('lets a user live in the root directory', () => {
    expect(() => isolatedArgv({ ...inputs, user: { ...operator, home: '/' } })).not.toThrow();
  });
});
