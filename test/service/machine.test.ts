import { execFileSync } from 'node:child_process';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { thisMachine } from '../../src/service/machine.ts';
import { root } from '../support/program.ts';

describe('who we are', () => {
  it('is what the system says', () => {
    const { uid, gid, username: name, homedir: home } = userInfo();
    expect(thisMachine().user).toEqual({ uid, gid, name, home });
  });

  it('is a number without a home where the system knows nothing of it, as in a container', () => {
    const look = `import { thisMachine } from '${join(root, 'src/service/machine.ts')}'; console.log(JSON.stringify(thisMachine().user));`;
    const asNobody = ['--user', '--map-user=54321', '--map-group=54322', process.execPath, '--input-type=module'];
    const said = execFileSync('unshare', [...asNobody, '--eval', look], { encoding: 'utf8' });
    expect(JSON.parse(said)).toEqual({ uid: 54321, gid: 54322, name: '54321', home: '/' });
  });
});
