import { requireUsableEnvironment } from '../config/refused-environment.ts';
import { redactor } from '../platform/redact.ts';

/** Words that are answered without any setting. Commands read the environment with all settings, and say all at once. */
const SETTINGLESS: readonly string[] = ['help', '-h', '--help', '-V', '--version'];

/** Throws a WatchError `input` where nothing could be trusted or reached in this environment, whatever is asked for. */
export function checkEnvironment(argv: readonly string[], environment: NodeJS.ProcessEnv): void {
  if (argv.length < 3 || argv.some((word) => SETTINGLESS.includes(word))) requireUsableEnvironment(environment);
}

/** Takes out what logs take out; also where reading the settings is what failed. */
export async function redactorOf(
  argv: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<(text: string) => string> {
  const envFile = /^--env-file[=\n](.*)$/m.exec(argv.join('\n'))?.[1];
  try {
    const [{ secretsAround }, { allSettings }] = await Promise.all([
      import('../config/load.ts'),
      import('./config.ts'),
    ]);
    return redactor(secretsAround(allSettings, environment, envFile));
  } catch {
    return redactor([]);
  }
}
