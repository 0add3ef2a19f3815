/** The few blocks that we send. @see https://docs.slack.dev/reference/block-kit/blocks */
export type Block = HeaderBlock | RichTextBlock | ContextBlock | ActionsBlock;

interface PlainText {
  readonly type: 'plain_text';
  readonly text: string;
  readonly emoji: boolean;
}

interface HeaderBlock {
  readonly type: 'header';
  readonly text: PlainText;
}

interface ContextBlock {
  readonly type: 'context';
  readonly elements: PlainText[];
}

interface ActionsBlock {
  readonly type: 'actions';
  readonly elements: {
    readonly type: 'button';
    readonly action_id: string;
    readonly text: PlainText;
    readonly url: string;
  }[];
}

export interface RichTextBlock {
  readonly type: 'rich_text';
  readonly elements: (
    | { readonly type: 'rich_text_section'; readonly elements: RichTextElement[] }
    | { readonly type: 'rich_text_preformatted'; readonly elements: { readonly type: 'text'; readonly text: string }[] }
  )[];
}

export type RichTextElement =
  | { readonly type: 'text'; readonly text: string; readonly style?: { readonly bold?: true; readonly code?: true } }
  | { readonly type: 'link'; readonly url: string; readonly text: string }
  | { readonly type: 'broadcast'; readonly range: 'here' | 'channel' }
  | { readonly type: 'usergroup'; readonly usergroup_id: string }
  | { readonly type: 'user'; readonly user_id: string }
  | { readonly type: 'date'; readonly timestamp: number; readonly format: string; readonly fallback: string };
