import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { email } from '../../src/notify/notifiers/email/email.ts';
import { sendLetter, smtpServer } from '../../src/notify/notifiers/email/smtp.ts';
import { letterForms } from '../../src/notify/notifiers/email/letter.ts';
import { composeMessage } from '../../src/notify/message.ts';
import { context, MODES, openChatWorld, openNotifier, type ChatWorld } from './chat-kit.ts';
import { notice } from './notices.ts';

const mode = MODES.find(({ name }) => name === 'email')!;
let world: ChatWorld;
beforeEach(async () => {
  world = await openChatWorld();
});
afterEach(() => world.close());

const headerOf = (at: number, name: string): string | undefined =>
  world.chat.mail.letters[at]!.headers.find(({ key }) => key === name)?.value;

describe('a letter', () => {
  it('is one of a thread per proposal, from a machine that nobody answers', async () => {
    const notifier = openNotifier(world, mode);
    let previous = await notifier.deliver(notice('discovered', 'none'), context());
    previous = await notifier.deliver(notice('verdict', 'mismatch'), context({ previous }));
    await notifier.deliver(notice('closed', 'mismatch'), context({ previous }));
    const ids = world.chat.mail.letters.map(({ messageId }) => messageId);
    expect(new Set(ids).size).toBe(3);
    expect(world.chat.mail.letters.map(({ inReplyTo }) => inReplyTo)).toEqual([undefined, ids[0], ids[1]]);
    expect(headerOf(2, 'references')).toBe(`${ids[0]} ${ids[1]}`);
    expect(headerOf(0, 'auto-submitted')).toBe('auto-generated');
    expect(headerOf(0, 'list-id')).toContain('<nns-watch.example.org>');
    expect(headerOf(1, 'importance')?.toLowerCase()).toBe('high');
  });

  it('says the outcome in its subject, in plain text and in HTML, and carries the report', async () => {
    const notifier = openNotifier(world, mode);
    await notifier.deliver(notice('verdict', 'mismatch'), context());
    const [letter] = world.chat.mail.letters;
    expect(letter!.subject).toMatch(/MISMATCH · proposal 143816/);
    expect(letter!.text).toContain('What to do now');
    expect(letter!.html).toContain('<b>');
    expect(letter!.attachments[0]).toMatchObject({ mimeType: 'text/markdown' });
    expect(letter!.to).toEqual([expect.objectContaining({ address: 'alerts@example.org' })]);
  });

  it('has the same name when it is sent again, and without what a server refuses', () => {
    const told = notice('verdict', 'mismatch');
    const who = { from: 'Watcher <nns-watch@example.org>', to: 'alerts@example.org' };
    const letters = letterForms(told, composeMessage(told, { statusUrl: null }), who, null).map((make) => make());
    expect(new Set(letters.map(({ messageId }) => messageId)).size).toBe(1);
    expect(letters.map(({ attachments, html }) => [attachments?.length ?? 0, html !== undefined])).toEqual([
      [1, true],
      [0, true],
      [0, false],
      [0, false],
    ]);
  });

  it('reaches each recipient by itself, so that one full mailbox keeps it from no other', () => {
    const made = email.create(
      { smtpUrl: world.chat.mail.url, emailFrom: 'a@example.org', emailTo: ['b@example.org', 'c@example.org'] },
      { fetch: world.fetch, now: () => 0, write: () => undefined, statusUrl: null },
    );
    expect(made.map(({ id }) => id)).toEqual(['email:b@example.org', 'email:c@example.org']);
  });
});

describe('the mail server', () => {
  const { smtpUrl, emailFrom, emailTo } = email.settings;

  it.each([
    ['smtp://a:b@mail.example.org:587', true],
    ['smtps://mail.example.org', true],
    ['smtp://a:b@mail.example.org/?tls.rejectUnauthorized=false', false],
    ['smtp://a:b@mail.example.org?requireTLS=false', false],
    ['https://mail.example.org', false],
  ])('is named as %s: %s', (address, isOne) => {
    expect(smtpUrl.value.safeParse(address).success).toBe(isOne);
  });

  it.each([
    'a@example.org\nBcc: b@example.org',
    'a@example.org, b@example.org',
    'a b@example.org',
    '"a"@example.org',
    '',
  ])('takes no sender %j', (from) => expect(emailFrom.value.safeParse(from).success).toBe(false));

  it('takes a named sender, and recipients in a list', () => {
    expect(emailFrom.value.parse('IC Watch <watch@example.org>')).toBe('IC Watch <watch@example.org>');
    expect(emailTo.value.parse('a@example.org, b@example.org')).toEqual(['a@example.org', 'b@example.org']);
  });

  it('is told no password without encryption, unless it is on this machine', async () => {
    const server = { ...smtpServer(world.chat.mail.url)!, host: '127.0.0.1.nip.invalid' };
    const told = notice('test', 'none');
    const who = { from: 'a@example.org', to: 'b@example.org' };
    const letter = letterForms(told, composeMessage(told, { statusUrl: null }), who, null)[0]!();
    const options = { timeoutMs: 2000, signal: new AbortController().signal };
    await expect(sendLetter(server, letter, options)).rejects.toMatchObject({ kind: 'transport' });
    // Called by another name of loopback, which is not taken for this machine.
    const byNumber = sendLetter({ ...server, host: '0.0.0.0' }, letter, options);
    await expect(byNumber).rejects.toMatchObject({ code: 'email-no-tls' });
    expect(world.chat.mail.letters).toEqual([]);
  });

  it('that refuses the login is not asked for less', async () => {
    const settings: typeof mode.settings = (chat) => ({
      ...mode.settings(chat),
      smtpUrl: chat.mail.url.replace('loopback-', 'other-'),
    });
    const notifier = openNotifier(world, { ...mode, settings });
    const delivered = notifier.deliver(notice('verdict', 'mismatch'), context());
    await expect(delivered).rejects.toMatchObject({ kind: 'rejected', code: 'email-login-refused' });
  });
});
