/** A page without scripts that shows one message as its readers see it. */
export function page(body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
    <style>${STYLE}</style></head><body>${body}</body></html>`;
}

const STYLE = `
  body { margin: 0; }
  article { display: flex; gap: 14px; padding: 16px; width: 640px; overflow-wrap: anywhere;
    font: 14px/1.4 "Liberation Sans", "Noto Color Emoji", sans-serif; }
  code { font: 12px "Liberation Mono", monospace; padding: 1px 4px; border-radius: 3px; }
  .body { min-width: 0; flex: 1; }
  .face { width: 40px; height: 40px; flex: none; color: #fff; background: #3b5bdb; text-align: center;
    font: bold 24px/38px "Liberation Sans", sans-serif; }
  .who { font-weight: bold; }
  .app { font-size: 10px; padding: 1px 4px; border-radius: 3px; vertical-align: 2px; }

  .discord { background: #313338; color: #dbdee1; }
  .discord .face { border-radius: 50%; }
  .discord .who { color: #f2f3f5; }
  .discord .app { background: #5865f2; color: #fff; }
  .discord a { color: #00a8fc; }
  .discord code { background: #1e1f22; }
  .discord time { background: #404249; border-radius: 3px; padding: 0 2px; }
  .discord mark { background: #3c4270; color: #c9cdfb; border-radius: 3px; padding: 0 2px; }
  .discord .embed { margin-top: 6px; padding: 10px 14px; max-width: 540px; font-size: 13px; background: #2b2d31;
    border-left: 4px solid; border-radius: 4px; }
  .discord .field { margin-top: 8px; }
  .discord .footer { margin-top: 10px; font-size: 12px; color: #b5bac1; }

  .buttons { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 8px; }
  .buttons a { padding: 6px 14px; border-radius: 6px; border: 1px solid #8884; color: inherit !important; }
  .slack { background: #fff; color: #1d1c1d; }
  .slack .face { border-radius: 6px; }
  .slack .app { background: #e8e8e8; color: #616061; }
  .slack h3 { margin: 6px 0; font-size: 18px; }
  .slack p { margin: 0 0 10px; }
  .slack a { color: #1264a3; }
  .slack code { color: #c01343; background: #f6f6f6; border: 1px solid #ddd; }
  .slack pre { font: 12px/1.5 "Liberation Mono", monospace; white-space: pre-wrap; background: #f8f8f8; padding: 8px;
    border: 1px solid #ddd; border-radius: 4px; }
  .slack .context { font-size: 12px; color: #616061; }
`;
