import { describe, expect, it } from 'vitest';
import { buildEnvironment, DEFAULT_BUILD_ENV } from '../../../src/verify/build/build-env.ts';

const ours = {
  PATH: '/opt/bin:/usr/bin',
  HOME: '/home/operator',
  USER: 'operator',
  LANG: 'de_DE.UTF-8',
  TZ: 'Europe/Zurich',
  GITHUB_TOKEN: 'secret',
  SSH_AUTH_SOCK: '/run/agent',
  NODE_OPTIONS: '--inspect',
  CARGO_TERM_COLOR: 'always',
};
const inputs = {
  ours,
  allow: DEFAULT_BUILD_ENV,
  secretNames: ['GITHUB_TOKEN'],
  home: '/cache/tmp-1/area/home',
  user: 'builder',
  containersConf: null,
};

describe("the build's environment", () => {
  it('is exactly this', () => {
    expect(buildEnvironment(inputs)).toEqual({
      PATH: '/opt/bin:/usr/bin',
      HOME: '/cache/tmp-1/area/home',
      USER: 'builder',
      LANG: 'C.UTF-8',
      LC_ALL: 'C.UTF-8',
      TZ: 'UTC',
      TERM: 'dumb',
      CARGO_TERM_COLOR: 'always',
    });
  });

  it('names the copy of the settings of podman', () => {
    expect(buildEnvironment({ ...inputs, containersConf: '/area/containers.conf' })['CONTAINERS_CONF']).toBe(
      '/area/containers.conf',
    );
  });

  it('refuses the name of a secret, even if the operator allows it', () => {
    expect(() => buildEnvironment({ ...inputs, allow: ['PATH', 'GITHUB_TOKEN'] })).toThrow('GITHUB_TOKEN');
  });

  it('passes on what else the operator allows, and nothing that is not set', () => {
    const environment = buildEnvironment({ ...inputs, allow: ['NODE_OPTIONS', 'NOT_SET'] });
    expect(environment).toEqual({ NODE_OPTIONS: '--inspect' });
  });

  it.each([
    ['HTTPS_PROXY', 'http://user:word@proxy:3128', 'http://proxy:3128'],
    ['https_proxy', 'http://token@proxy:3128/', 'http://proxy:3128/'],
    ['HTTP_PROXY', 'user:p@ss@proxy:3128', 'proxy:3128'],
    ['ALL_PROXY', 'socks5h://a:b@proxy', 'socks5h://proxy'],
    ['HTTPS_PROXY', 'http://proxy:3128', 'http://proxy:3128'],
    ['NO_PROXY', 'localhost,10.0.0.0/8', 'localhost,10.0.0.0/8'],
  ])('passes on %s=%s without user and password', (name, value, passed) => {
    expect(buildEnvironment({ ...inputs, ours: { ...ours, [name]: value } })[name]).toBe(passed);
  });
});
