import type { RichTextElement } from './blocks.ts';
import type { SlackBody } from './render.ts';

/** Whom a ping reaches: the one group or person that the operator named, or everyone who is there. */
export interface SlackMention {
  /** As mrkdwn has it, for readers without blocks. */
  readonly text: string;
  readonly element: RichTextElement;
}

/** `@here`, `@channel`, the id of a user group (`S…`) or of a person (`U…`, `W…`). */
export function mentionOf(setting: string | null): SlackMention | null {
  if (setting === null) return null;
  if (setting === '@here' || setting === '@channel') {
    const range = setting === '@here' ? 'here' : 'channel';
    return { text: `<!${range}>`, element: { type: 'broadcast', range } };
  }
  if (setting.startsWith('S')) {
    return { text: `<!subteam^${setting}>`, element: { type: 'usergroup', usergroup_id: setting } };
  }
  return { text: `<@${setting}>`, element: { type: 'user', user_id: setting } };
}

/** The body with the mention in both its forms. */
export function withMention({ text, blocks }: SlackBody, mention: SlackMention | null): SlackBody {
  if (mention === null) return { text, blocks };
  const line = { type: 'rich_text_section' as const, elements: [mention.element] };
  const added = blocks.length > 0 ? [{ type: 'rich_text' as const, elements: [line] }] : [];
  return { text: `${text} ${mention.text}`, blocks: [...blocks, ...added] };
}
