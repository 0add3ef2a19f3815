import type { WatchError } from '../../../domain/errors.ts';
import { plainText } from '../../../domain/text.ts';
import { chatError } from '../../transport.ts';
import type { Letter } from './letter.ts';

export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; else it begins in the clear. */
  readonly secure: boolean;
  readonly auth: { readonly user: string; readonly pass: string } | null;
}

const PORTS = { 'smtps:': 465, 'smtp:': 587 };

/** null: no such address. What an address may say beside host, port and login is refused, as TLS without certificates. */
export function smtpServer(address: string): SmtpServer | null {
  const url = URL.parse(address);
  if (!url || (url.protocol !== 'smtp:' && url.protocol !== 'smtps:')) return null;
  if (url.hostname === '' || !['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '') return null;
  try {
    const [user, pass] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    const port = url.port === '' ? PORTS[url.protocol] : Number(url.port);
    return { host, port, secure: url.protocol === 'smtps:', auth: user === '' ? null : { user, pass } };
  } catch {
    return null;
  }
}

/** To a server on this machine nothing has to be hidden from a network. */
const THIS_MACHINE = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;

/** Sends one letter over a connection of its own, within the time. Throws our errors, without addresses and logins. */
export async function sendLetter(
  server: SmtpServer,
  letter: Letter,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const { createTransport } = await import('nodemailer');
  const { host, port, secure, auth } = server;
  const transport = createTransport({
    host,
    port,
    secure,
    ...(auth ? { auth } : {}),
    requireTLS: !secure && !THIS_MACHINE.test(host),
    tls: { minVersion: 'TLSv1.2' },
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const ends = new AbortController();
  try {
    const late = AbortSignal.any([AbortSignal.timeout(timeoutMs), signal, ends.signal]);
    await Promise.race([transport.sendMail(mutable(letter)), aborted(late)]);
  } catch (thrown) {
    throw smtpError(thrown, host, signal);
  } finally {
    ends.abort();
    transport.close();
  }
}

function mutable({ references, attachments, ...letter }: Letter) {
  return {
    ...letter,
    ...(references ? { references: [...references] } : {}),
    ...(attachments ? { attachments: [...attachments] } : {}),
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = (): void => reject(signal.reason as Error);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

interface SmtpFailure {
  readonly code?: unknown;
  /** @see RFC 5321, section 4.2: 4xx passes, 5xx does not. */
  readonly responseCode?: unknown;
  readonly response?: unknown;
}

function smtpError(thrown: unknown, host: string, signal: AbortSignal): WatchError {
  if (signal.aborted) return chatError('transport', 'chat-cancelled', `${host}: stopped`);
  const { code, responseCode, response } = thrown as SmtpFailure;
  if (code === 'ETLS') return chatError('transport', 'email-no-tls', `${host}: no encryption could be agreed on`);
  const said = typeof response === 'string' ? `: ${plainText(response, 200)}` : '';
  if (typeof responseCode === 'number' && responseCode >= 400) {
    const kind = responseCode >= 500 ? 'rejected' : 'transport';
    const what = code === 'EAUTH' ? 'email-login-refused' : `email-smtp-${responseCode}`;
    return chatError(kind, what, `${host} answered ${responseCode}${said}`);
  }
  if (code === 'EAUTH') return chatError('rejected', 'email-login-refused', `${host} takes no such login`);
  const word = typeof code === 'string' ? plainText(code, 40) : 'no answer';
  return chatError('transport', 'chat-unreachable', `${host}: ${word}`);
}
