import type { AddressInfo } from 'node:net';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerDataStream } from 'smtp-server';
import { Faults, type ChatFault } from './faults.ts';

const USER = 'nns-watch';
const PASSWORD = 'loopback-secret-password';

/** A mail server on loopback, which takes letters of one account to any address. It is reached directly, by no proxy. */
export class MailServer {
  readonly faults = new Faults();
  readonly letters: Email[] = [];
  #server: SMTPServer | null = null;
  #port = 0;

  get url(): string {
    return `smtp://${USER}:${PASSWORD}@127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    const server = new SMTPServer({
      authOptional: false,
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      size: 1024 * 1024,
      closeTimeout: 100,
      logger: false,
      onConnect: (session, callback) => {
        const fault = this.faults.take('CONNECT');
        this.#struck.set(session.id, fault);
        if (fault === 'stall') return;
        if (fault === 'down') callback(refusal(421, 'Service not available'));
        else callback();
      },
      onAuth: ({ username, password }, session, callback) => {
        const isRight = username === USER && password === PASSWORD;
        if (this.#struck.get(session.id) === 'unauthorized' || !isRight) {
          callback(refusal(535, '5.7.8 Authentication credentials invalid'));
        } else callback(null, { user: USER });
      },
      onData: (stream, session, callback) => void this.#take(stream, this.#struck.get(session.id), callback),
    });
    // What breaks connections is wanted here.
    server.on('error', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.#port = (server.server.address() as AddressInfo).port;
    this.#server = server;
  }

  async close(): Promise<void> {
    const server = this.#server;
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  readonly #struck = new Map<string, ChatFault['fault'] | undefined>();

  async #take(
    stream: SMTPServerDataStream,
    fault: ChatFault['fault'] | undefined,
    callback: (error?: Error | null) => void,
  ): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
    if (stream.sizeExceeded) callback(refusal(552, '5.3.4 Message too big'));
    else if (fault === 'invalid') callback(refusal(554, '5.7.1 Rejected for policy reasons'));
    else if (fault === 'reset') callback(refusal(421, 'Connection lost'));
    else if (fault === 'http-500' || typeof fault === 'object') callback(refusal(451, '4.3.0 Try again later'));
    else {
      this.letters.push(await PostalMime.parse(Buffer.concat(chunks)));
      callback(fault === 'lost-answer' ? refusal(421, 'Connection lost') : null);
    }
  }
}

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
