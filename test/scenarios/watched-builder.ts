import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Database } from '../../src/store/database.ts';
import { processesOf } from './aftermath.ts';

/** A build over which builders died so often is judged as one that fails. */
const MAX_DEATHS = 3;

interface Said {
  readonly message: string;
  readonly pid?: number;
  readonly build?: string;
}

/** The builder of a data directory as others see it: by its log, its process and the jobs that it takes. */
export class WatchedBuilder {
  readonly #dataDir: string;
  readonly #read: <T>(look: (database: Database) => Promise<T>) => Promise<T>;
  /** By id of a job: which of its takings were ended by a kill of ours. */
  readonly #broken = new Map<string, number[]>();

  constructor(dataDir: string, read: <T>(look: (database: Database) => Promise<T>) => Promise<T>) {
    this.#dataDir = dataDir;
    this.#read = read;
  }

  /** null: none was started, or it has ended. */
  async pid(): Promise<number | null> {
    const pid = (await this.#said()).findLast(({ message }) => message === 'Builder ready')?.pid ?? null;
    return pid !== null && processesOf(this.#dataDir).some((each) => each.startsWith(`${pid} `)) ? pid : null;
  }

  /** The build that began and did not end. Checks that none began beside another. */
  async building(): Promise<string | null> {
    let running: string | null = null;
    for (const { message, build } of await this.#said()) {
      if (message === 'Build started') expect(running, 'a build beside another').toBeNull();
      if (message === 'Build started') running = build ?? null;
      else if (message === 'Build ended' || message === 'Builder ready') running = null;
    }
    return (await this.pid()) === null ? null : running;
  }

  /** Kills it, and keeps in mind which taking of a build that broke off, whether it was said to begin or not. */
  async kill(pid: number): Promise<void> {
    // Nothing changes while we look.
    signal(pid, 'SIGSTOP');
    const taken = await this.#read(({ db }) =>
      db
        .selectFrom('jobs')
        .select(['id', 'attempt'])
        .where('kind', '=', 'build')
        .where('state', '=', 'held')
        .where('worker', 'like', `%:${pid}-%`)
        .execute(),
    ).finally(() => signal(pid, 'SIGKILL'));
    for (const { id, attempt } of taken) this.#broken.set(id, [...(this.#broken.get(id) ?? []), attempt]);
    while ((await this.pid()) === pid) await pause(20);
  }

  /** Checks, once it has ended, that whatever build was taken in vain was so because we killed its builder. */
  async checkTakings(): Promise<void> {
    for (const job of await this.#read(jobs)) {
      const vain = isGivenUp(job) ? MAX_DEATHS : job.attempt - (job.state === 'finished' ? 1 : 0);
      expect(this.#broken.get(job.id) ?? [], `takings of build ${job.key} that a kill ended`).toEqual(
        Array.from({ length: vain }, (_, index) => index + 1),
      );
    }
  }

  async #said(): Promise<readonly Said[]> {
    const text = await readFile(join(this.#dataDir, 'builder.log'), 'utf8').catch(() => '');
    return text.split('\n').flatMap((line): Said[] => {
      const said =
        line.startsWith('{') && line.endsWith('}') ? (JSON.parse(line) as Said & { readonly msg?: string }) : null;
      return said ? [{ ...said, message: said.msg ?? said.message }] : [];
    });
  }
}

function signal(pid: number, name: 'SIGSTOP' | 'SIGKILL'): void {
  try {
    process.kill(pid, name);
  } catch {
    // It had ended by itself.
  }
}

function jobs({ db }: Database) {
  return db.selectFrom('jobs').selectAll().where('kind', '=', 'build').orderBy('sequence').execute();
}

function isGivenUp({ result }: { readonly result: string | null }): boolean {
  return result?.includes(`This build was begun ${MAX_DEATHS} times`) ?? false;
}

/** Builds that were given up over the deaths of their builders, by `<commit>#<attempt>`. */
export async function givenUp(database: Database): Promise<readonly string[]> {
  return (await jobs(database)).filter(isGivenUp).map(({ key }) => key);
}
