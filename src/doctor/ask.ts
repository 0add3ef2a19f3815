import { askTool, type Answer, type Argv } from '../verify/build/ask-tool.ts';
import { EXCHANGE_MS, type DoctorPorts } from './ports.ts';

type AskPorts = Pick<DoctorPorts, 'exec' | 'config'>;

/** Runs a command as the tools around a build are run. */
export function ask(argv: Argv, ports: AskPorts, signal: AbortSignal, timeoutMs = EXCHANGE_MS): Promise<Answer> {
  return askTool(argv, { exec: ports.exec, env: ports.config.environment, signal, timeoutMs });
}
