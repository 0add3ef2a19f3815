import type { Command } from 'commander';
import { backupCommand } from './backup.ts';
import { buildCommand } from './build.ts';
import { checkConfigCommand } from './check-config.ts';
import { doctorCommand } from './doctor.ts';
import { hashCommand } from './hash.ts';
import { logsCommand } from './logs.ts';
import { measureCommand } from './measure.ts';
import { migrateCommand } from './migrate.ts';
import { muteCommand } from './mute.ts';
import { proposalsCommand } from './proposals.ts';
import { redeliverCommand } from './redeliver.ts';
import { requeueCommand } from './requeue.ts';
import { showCommand } from './show.ts';
import { statusCommand } from './status.ts';
import { reportCommand } from './report.ts';
import { testNotifyCommand } from './test-notify.ts';
import { verifyCommand } from './verify.ts';
import { watchCommand } from './watch.ts';

/**
 * Adds one command to the program. The action's exit code is set through `exit`. What only one command needs and is
 * slow to load, it loads when it runs: `proposals` has no use for the Internet Computer's libraries.
 */
export type RegisterCommand = (program: Command, exit: (code: number) => void) => void;

export const commands: readonly RegisterCommand[] = [
  verifyCommand,
  doctorCommand,
  checkConfigCommand,
  watchCommand,
  testNotifyCommand,
  buildCommand,
  proposalsCommand,
  showCommand,
  hashCommand,
  measureCommand,
  statusCommand,
  logsCommand,
  requeueCommand,
  redeliverCommand,
  muteCommand,
  backupCommand,
  migrateCommand,
  reportCommand,
];
