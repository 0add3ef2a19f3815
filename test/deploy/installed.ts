import { expect } from 'vitest';
import type { Booted } from './booted.ts';

export const INSTALL = 'cd /srv/nns-watch && sudo deploy/install';
export const BOTH = 'nns-watch nns-watch-build';
/** In the container of a long build, which goes on when its sleep ends. */
export const LONG_SLEEP = "pgrep -fx 'sleep 1800'";

/** The two units of a system in which the service was installed, as systemd and the journal tell of them. */
export class Installed {
  readonly booted: Booted;

  constructor(booted: Booted) {
    this.booted = booted;
  }

  mainPid(unit: string): Promise<string> {
    return this.booted.show(unit, 'MainPID');
  }

  async isActive(): Promise<string[]> {
    return (await this.booted.sh(`systemctl is-active ${BOTH}`)).output.trim().split('\n');
  }

  async bothActive(): Promise<void> {
    await this.booted.until(`systemctl is-active ${BOTH}`, /^active\nactive\n$/);
  }

  /** Waits until another process than that one is the unit's, and it is active. */
  async replaced(unit: string, before: string): Promise<void> {
    const look = `systemctl show --property MainPID --value ${unit} && systemctl is-active ${unit}`;
    await this.booted.until(look, new RegExp(`^(?!0$|${before}$)\\d+\\nactive$`, 'm'));
  }

  async restarted(unit: string, before: string): Promise<void> {
    await this.replaced(unit, before);
    await this.bothActive();
  }

  /** What the program itself said, a line each. */
  async journal(unit: string): Promise<string[]> {
    const said = await this.booted.works(`journalctl --no-pager -o cat --identifier nns-watch --unit ${unit}`);
    return said.trim().split('\n');
  }

  /** When the unit's program last said each of these, in seconds. */
  async saidAt(unit: string, messages: readonly string[]): Promise<number[]> {
    const lines = await this.booted.works(`journalctl --no-pager -o json --identifier nns-watch --unit ${unit}`);
    const entries = lines
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { MESSAGE: string; __REALTIME_TIMESTAMP: string });
    return messages.map((message) => {
      const last = entries.findLast(({ MESSAGE }) => MESSAGE.includes(`"msg":"${message}"`));
      return Number(last?.__REALTIME_TIMESTAMP) / 1e6;
    });
  }

  async releases(): Promise<string[]> {
    return (await this.booted.works('ls /opt/nns-watch/releases')).trim().split('\n').sort();
  }

  /** The program that the unit runs: it lies in its release. */
  async programOf(unit: string): Promise<string> {
    return this.booted.works(`readlink /proc/${await this.mainPid(unit)}/exe`);
  }

  environmentOf(pids: string): Promise<string> {
    return this.booted.works(`for each in ${pids}; do cat /proc/$each/environ || :; done | tr '\\0' '\\n'`);
  }

  /** Everything that `deploy/install` leaves in the system, with modes and owners. */
  async fingerprint(): Promise<string> {
    const places = ['opt/nns-watch/current/', 'etc/nns-watch', 'etc/systemd/system', 'etc/sudoers.d', 'usr/local'];
    const find = `find ${places.join(' ')} etc/passwd etc/group`;
    const sums = await this.booted.works(`cd / && ${find} -type f -print0 | sort -z | xargs -0 sha256sum`);
    const modes = await this.booted.works(`cd / && ${find} -printf '%m %u:%g %p %l\\n' | sort`);
    expect(sums).toContain('nns-watch-build.service');
    return sums + modes;
  }
}
