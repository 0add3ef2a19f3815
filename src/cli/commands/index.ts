import type { Command } from 'commander';
import { buildCommand } from './build.ts';
import { doctorCommand } from './doctor.ts';
import { verifyCommand } from './verify.ts';
import { watchCommand } from './watch.ts';

/** Adds one command to the program. The action's exit code is set through `exit`. */
export type RegisterCommand = (program: Command, exit: (code: number) => void) => void;

export const commands: readonly RegisterCommand[] = [verifyCommand, doctorCommand, watchCommand, buildCommand];
