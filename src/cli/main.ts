import { Command, CommanderError } from 'commander';
import { checkEnvironment, redactorOf } from '../operator/before-settings.ts';
import { toolVersion } from '../operator/tool-version.ts';
import { asWatchError } from '../domain/errors.ts';
import { plainText } from '../domain/text.ts';
import { commands } from './commands/index.ts';
import { addConfigOption } from './config-option.ts';
import { EXIT } from './exit-codes.ts';
import { endWhenInterrupted, guardStreams } from './interrupt.ts';
import { printFailure } from './marks.ts';

/** Parses the command line, runs one command and sets the exit code of the contract. */
async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('nns-watch')
    .description('Verify that IC-OS releases are built from their public source, before voting closes.')
    .version(toolVersion)
    .exitOverride()
    .showHelpAfterError('(nns-watch <command> --help lists its flags)');
  for (const register of commands) register(program, (code) => (process.exitCode = code));
  addConfigOption(program);
  try {
    checkEnvironment(argv, process.env);
    await program.parseAsync([...argv]);
  } catch (thrown) {
    process.exitCode = await failed(thrown);
  }
}

async function failed(thrown: unknown): Promise<number> {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.verified : EXIT.usage;
  const error = asWatchError(thrown);
  const say = await redactorOf(process.argv, process.env);
  const line = say(plainText(error.message, 500));
  if (error.kind === 'input') {
    const lines = error.message.split('\n').map((each) => say(plainText(each, 500)));
    printFailure(lines.join('\n'));
    return EXIT.usage;
  }
  if (error.kind === 'storage' || error.kind === 'host') {
    printFailure(`${line} (${error.code})`);
    return EXIT.unhealthy;
  }
  printFailure(`Unexpected trouble (${error.kind}, ${error.code}): ${line}`);
  if (error.kind === 'bug' && thrown instanceof Error) process.stderr.write(`${say(thrown.stack ?? '')}\n`);
  return EXIT.bug;
}

/** Node itself would end with 1 over an uncaught error. Another listener decides by itself. */
process.on('uncaughtException', (thrown: unknown) => {
  if (process.listenerCount('uncaughtException') > 1) return;
  failed(thrown).then(
    (code) => process.exit(code),
    () => process.exit(EXIT.bug),
  );
});

guardStreams();
endWhenInterrupted();
await main(process.argv);
