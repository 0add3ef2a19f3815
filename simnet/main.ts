import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { scenarios } from './scenarios/index.ts';
import { startSimnet, type SimnetView } from './simnet.ts';
import type { Scenario } from './types.ts';

const USAGE = `usage: node simnet/main.ts --list
       node simnet/main.ts --scenario NAME [--image-bytes N] [--data-dir DIR] [-- command args…]
`;

/** Lists scenarios, or opens one: for a command, or for whoever takes the printed environment. */
async function main(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      list: { type: 'boolean' },
      scenario: { type: 'string' },
      'image-bytes': { type: 'string' },
      'data-dir': { type: 'string' },
    },
  });
  if (values.list === true) {
    process.stdout.write(listing());
    return 0;
  }
  const scenario = scenarios.find(({ name }) => name === values.scenario);
  if (scenario === undefined) {
    process.stderr.write(
      values.scenario === undefined ? USAGE : `no scenario is named ${values.scenario}; see --list\n`,
    );
    return 2;
  }
  const simnet = await startSimnet({
    ...(values['image-bytes'] === undefined ? {} : { imageBytes: Number(values['image-bytes']) }),
    ...(values['data-dir'] === undefined ? {} : { dataDir: values['data-dir'] }),
  });
  try {
    const view = await simnet.openView(scenario);
    return positionals.length > 0 ? await runCommand(positionals, view) : await stay(view);
  } finally {
    await simnet.close();
  }
}

function listing(): string {
  const width = Math.max(...scenarios.map(({ name }) => name.length));
  return scenarios
    .map((scenario) => `${scenario.name.padEnd(width)}  ${expected(scenario)}  ${scenario.wrong}\n`)
    .join('');
}

function expected({ expect: { outcome, reason } }: Scenario): string {
  return [outcome ?? 'no verdict', reason ?? ''].join(' ').padEnd(30);
}

/** Everything that the command needs to know of the view, beside the scenario's own settings. */
function environment(view: SimnetView): Record<string, string> {
  return {
    ...view.env,
    ...view.scenario.env,
    SIMNET_PROPOSAL_ID: String(view.proposalId),
    SIMNET_COMMIT: view.release.commit,
    SIMNET_COMMAND: view.scenario.command.join(' '),
  };
}

/** `{id}` and `{commit}` in the arguments are filled in, as in a scenario's own command. */
function runCommand(command: string[], view: SimnetView): Promise<number> {
  const [file, ...args] = command.map((part) =>
    part.replaceAll('{id}', String(view.proposalId)).replaceAll('{commit}', view.release.commit),
  );
  const child = spawn(file!, args, { stdio: 'inherit', env: { ...process.env, ...environment(view) } });
  const stop = (): void => {
    child.kill('SIGTERM');
  };
  process.once('SIGTERM', stop).once('SIGINT', stop);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 130));
  });
}

function stay(view: SimnetView): Promise<number> {
  return new Promise((resolve) => {
    const alive = setInterval(() => undefined, 60_000);
    const stop = (): void => {
      clearInterval(alive);
      resolve(0);
    };
    process.once('SIGTERM', stop).once('SIGINT', stop);
    // Whoever reads the last word may end us at once.
    for (const [name, value] of Object.entries(environment(view)))
      process.stdout.write(`export ${name}=${quoted(value)}\n`);
  });
}

const quoted = (value: string): string => `'${value.replaceAll("'", String.raw`'\''`)}'`;

process.exitCode = await main(process.argv.slice(2));
