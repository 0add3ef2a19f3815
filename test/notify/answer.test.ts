import { describe, expect, it } from 'vitest';
import { createMessage } from '../../simnet/chat/discord-schema.ts';
import { blocks } from '../../simnet/chat/slack-schema.ts';
import { createAnswer, type Asked } from '../../src/notify/command-answer.ts';
import type { ChatActions } from '../../src/notify/commands/command.ts';
import { COMMANDS } from '../../src/notify/commands/index.ts';
import { renderMessage as discord } from '../../src/notify/notifiers/discord/render.ts';
import { plainMessage } from '../../src/notify/escape.ts';
import { renderMessage as slack } from '../../src/notify/notifiers/slack/render.ts';
import { discordHtml } from '../pictures/discord.ts';
import { fakeActions, listed } from './fake-actions.ts';
import { HOSTILE, hostileNotice } from './hostile.ts';
import { HASH, ID, notice, NOW, OTHER_HASH } from './notices.ts';

const asked = (command: string, text = '', manages = false): Asked => {
  return { command, text, manages, managers: 'who may manage this server' };
};

async function said(actions: ChatActions, question: Asked, errors: unknown[] = []): Promise<string> {
  const answer = createAnswer({ actions, failed: (error) => errors.push(error) });
  return plainMessage(await answer(question)).join('\n');
}

describe('commands in a chat', () => {
  it('list the elections with deadline and verdict', async () => {
    expect(await said(fakeActions(), asked('proposals'))).toContain(
      '143816 MISMATCH (not confirmed yet, not final) · open · closes 2026-09-22 12:00 UTC',
    );
    expect(await said(fakeActions({ elections: async () => [] }), asked('proposals'))).toContain('No election');
  });

  it.each(['143816', ' #143816 '])('show the verdict on %j as the channel shows it', async (text) => {
    const answer = await said(fakeActions(), asked('verdict', text));
    expect(answer).toMatch(/^🟥 MISMATCH · proposal 143816 · GuestOS election\n/);
  });

  it('show no outcome where there is none', async () => {
    const actions = fakeActions({ known: async () => notice('verdict', 'none', { standing: null }) });
    expect(await said(actions, asked('verdict', ID))).toMatch(/^🟦 NO VERDICT YET/);
    expect(await said(actions, asked('evidence', ID))).toContain('Nothing was looked at yet');
  });

  it('show both sides of the evidence with whole digests', async () => {
    const answer = await said(fakeActions(), asked('evidence', ID));
    expect(answer).toContain(HASH);
    expect(answer).toContain(OTHER_HASH);
    expect(answer).toMatch(/build: local build 1 · kept as (?:d2){32}\n/);
  });

  it('say how the program is', async () => {
    expect(await said(fakeActions(), asked('status'))).toMatch(/nns-watch is well[^]*verify: 1 running, 2 waiting/);
    const condition = { version: '1', problems: ['The disk is full.'], work: [], elections: [] };
    const ill = fakeActions({ condition: async () => condition });
    expect(await said(ill, asked('status'))).toMatch(/nns-watch is in trouble[^]*The disk is full\./);
  });

  it.each(['mute', 'redeliver'])('let only those %s who manage the place', async (command) => {
    const actions = fakeActions();
    expect(await said(actions, asked(command, ID))).toContain('Only who may manage this server may do this.');
    expect(actions.changes).toEqual([]);
    expect(await said(actions, asked(command, ID, true))).not.toContain('Only');
    expect(actions.changes).toEqual([`${command} ${ID}`]);
  });

  it.each(['', 'x', '0', '-1', '1e3', '18446744073709551616', '143816 143817', "1' or '1", '../../etc/passwd'])(
    'take %j for no proposal',
    async (text) => {
      const actions = fakeActions();
      expect(await said(actions, asked('mute', text, true))).toContain('Give the number of a proposal');
      expect(actions.changes).toEqual([]);
    },
  );

  it('say so where a proposal is not known', async () => {
    const errors: unknown[] = [];
    expect(await said(fakeActions(), asked('verdict', '7'), errors)).toContain('No election 7 is known here.');
    expect(errors).toEqual([]);
  });

  it('tell the operator, and not the asker, what broke', async () => {
    const errors: unknown[] = [];
    const actions = fakeActions({ elections: () => Promise.reject(new Error('secret /var/lib/x')) });
    const answer = await said(actions, asked('proposals'), errors);
    expect(answer).toContain('Something went wrong');
    expect(answer).not.toContain('secret');
    expect(errors).toHaveLength(1);
  });

  it('tell what there is to whoever asks for something else', async () => {
    for (const { name } of COMMANDS) expect(await said(fakeActions(), asked('@everyone'))).toContain(name);
  });

  it('answer a few at a time', async () => {
    const { promise, resolve } = Promise.withResolvers<[]>();
    const answer = createAnswer({ actions: fakeActions({ elections: () => promise }), failed: () => undefined });
    const first = Array.from({ length: 4 }, () => answer(asked('proposals')));
    expect((await answer(asked('status'))).headline).toContain('Too many questions at once');
    resolve([]);
    await Promise.all(first);
    expect((await answer(asked('status'))).title).toContain('well');
  });

  it('begin with NOT MAINNET elsewhere', async () => {
    const network = 'NOT MAINNET: IC_ROOT_KEY';
    const actions = fakeActions({ network, known: async () => notice('verdict', 'none', { network }) });
    for (const { name } of COMMANDS) {
      for (const manages of [true, false]) {
        expect(await said(actions, asked(name, ID, manages))).toMatch(/^\W*NOT MAINNET/);
      }
    }
  });
});

const OURS = /^https:\/\/(nns\.ic0\.app|dashboard\.internetcomputer\.org|github\.com\/dfinity)\//;

describe.each(COMMANDS)('$name', ({ name }) => {
  it.each(HOSTILE.map((text) => ({ text })))('is inert and within the limits with $text', async ({ text }) => {
    const election = { ...listed, title: text };
    const actions = fakeActions({
      elections: async () => Array.from({ length: 200 }, () => election),
      known: async () => hostileNotice(text),
      condition: async () => ({ version: '1', problems: [text, text], work: [], elections: [election, election] }),
      redeliver: async () => [text, text],
    });
    const answer = createAnswer({ actions, failed: () => undefined });
    const message = await answer(asked(name, ID, true));
    const shown = discord(message, null);
    expect(createMessage.safeParse(shown).error).toBeUndefined();
    expect(shown.allowed_mentions).toEqual({ parse: [] });
    const drawn = discordHtml(shown, NOW);
    expect(drawn).not.toContain('<mark>');
    for (const [, link] of drawn.matchAll(/<a title="([^"]*)"/g)) expect(link).toMatch(OURS);
    const { text: line, blocks: parts } = slack(message);
    expect(blocks.safeParse(parts).error).toBeUndefined();
    expect(line).not.toMatch(/<[!@#]|<https:\/\/evil/);
    expect(JSON.stringify(parts)).not.toContain('"url":"https://evil');
  });
});
