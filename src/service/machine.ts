import { readFileSync } from 'node:fs';
import { hostname, machine as architecture, totalmem, userInfo } from 'node:os';
import { freeBytes } from '../platform/files.ts';
import { memoryLimit } from '../platform/memory-limit.ts';
import type { BuildUser } from '../verify/build/build-env.ts';
import { KVM_DEVICE } from '../verify/build/kvm.ts';
import type { Machine } from '../verify/collect/host-probes.ts';

/** What the operating system says of this machine. `groups`: control groups beside ours whose limits count too. */
export function thisMachine(groups: readonly string[] = []): Machine & { readonly hostname: string } {
  return {
    arch: architecture(),
    totalMemoryBytes: totalmem(),
    memoryLimitBytes: memoryLimit('/proc/self', groups),
    kvmDevice: KVM_DEVICE,
    osRelease: osRelease(),
    user: currentUser(),
    freeBytes,
    hostname: hostname(),
  };
}

/** In a container it may be a number that the system there knows nothing of: then it has that as name, and no home. */
function currentUser(): BuildUser {
  try {
    const { uid, gid, username: name, homedir: home } = userInfo();
    return { uid, gid, name, home };
  } catch {
    const [uid, gid] = [process.getuid?.() ?? -1, process.getgid?.() ?? -1];
    return { uid, gid, name: String(uid), home: '/' };
  }
}

function osRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}
