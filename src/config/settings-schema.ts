import { z } from 'zod';
import type { Setting } from '../platform/setting.ts';
import { channelOptions } from './channels.ts';
import type { KnownSettings } from './known-settings.ts';

/** The JSON Schema of the settings file, for editors. What a value must be is said in its words, and judged by the program. */
export function settingsSchema({ all, more }: KnownSettings): object {
  const own = all.filter(({ name }) => name !== 'NNS_WATCH_CONFIG');
  const { properties: options } = z.toJSONSchema(channelOptions, { io: 'input' });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:nns-watch:settings-file:1',
    title: 'nns-watch.yaml',
    type: 'object',
    additionalProperties: false,
    properties: {
      ...propertiesOf(own),
      channels: {
        description: 'Channels beside those that are set by name above, each with what it is told.',
        type: 'array',
        items: {
          type: 'object',
          additionalProperties: false,
          properties: { ...options, ...propertiesOf(Object.values(more)) },
        },
      },
    },
  };
}

function propertiesOf(settings: readonly Setting<unknown>[]): Record<string, object> {
  const one = { type: ['string', 'number'] };
  const value = { anyOf: [one, { type: 'array', items: one }] };
  return Object.fromEntries(
    settings.flatMap(({ name, help, fallback, secret }): [string, object][] => {
      const standard = fallback === null || fallback === '' ? {} : { default: fallback };
      const key = name.toLowerCase();
      const file = { description: `File that holds ${key}.`, type: 'string' };
      return [
        [key, { description: help, ...standard, ...value }],
        ...(secret ? [[`${key}_file`, file] as [string, object]] : []),
      ];
    }),
  );
}
