import { loadConfig } from '../operator/config.ts';
import { toolVersion } from '../operator/tool-version.ts';
import { examine, type Examination } from './examine.ts';
import { fixFor, install, type Fix } from './fix.ts';
import { GROUPS } from './index.ts';
import { doctorPorts } from './ports.ts';

export type { Examination, Line } from './examine.ts';
export type { Fix } from './fix.ts';

/** The program as `doctor` needs it. */
export interface Doctor {
  readonly toolVersion: string;
  /** Changes nothing that stays; never throws for what it finds. */
  readonly examine: (signal: AbortSignal) => Promise<Examination>;
  /** What apt could do about it. */
  readonly fixFor: (examination: Examination) => Fix | null;
  /** Runs it; gives why it failed, or null. */
  readonly install: (fix: Fix, onLine: (line: string) => void, signal: AbortSignal) => Promise<string | null>;
  readonly close: () => Promise<void>;
}

/** Throws like `loadConfig` where the settings cannot be read: there is nothing to examine then. */
export function openDoctor({ envFile }: { readonly envFile?: string }): Doctor {
  const config = loadConfig(process.env, envFile === undefined ? {} : { envFile });
  const ports = doctorPorts(config, envFile ?? null);
  return {
    toolVersion,
    examine: (signal) => examine(GROUPS, ports, signal),
    fixFor: (examination) => fixFor(examination, ports),
    install: (fix, onLine, signal) => install(fix, ports, onLine, signal),
    close: ports.close,
  };
}
