import * as common from '../../../platform/setting-values.ts';
import { limitsOf } from '../../ask-json.ts';
import { chat, notifierKind } from '../../notifier-kind.ts';
import { matrixBot } from './bot.ts';
import { matrixRoom } from './client.ts';

/** An account in one room. @see https://spec.matrix.org/latest/client-server-api/ */
export const matrix = notifierKind({
  name: 'matrix',
  settings: {
    matrixHomeserver: chat.optional(
      'MATRIX_HOMESERVER',
      common.url('https:', 'http:'),
      'Address of the homeserver of a Matrix account; needs MATRIX_ACCESS_TOKEN.',
      { needs: 'MATRIX_ACCESS_TOKEN', example: 'https://matrix.example.org' },
    ),
    matrixAccessToken: chat.secret('MATRIX_ACCESS_TOKEN', common.token, 'Its access token; needs MATRIX_ROOM_ID.', {
      needs: 'MATRIX_ROOM_ID',
    }),
    matrixRoomId: chat.optional(
      'MATRIX_ROOM_ID',
      common.text('must be the id of a room such as !abc:example.org, no alias', /^![^\s,/]{1,254}$/),
      'The room that it writes to, of which it is a member.',
      { needs: 'MATRIX_HOMESERVER' },
    ),
  },
  create: (values, { fetch, statusUrl, timeoutMs }) => {
    const { matrixHomeserver: homeserver, matrixAccessToken: token, matrixRoomId: room } = values;
    if (homeserver === null || token === null || room === null) return [];
    const headers = { authorization: `Bearer ${token}` };
    const way = { name: 'matrix', fetch, limits: limitsOf(timeoutMs), headers };
    return [matrixBot({ id: `matrix:${room}`, room: matrixRoom({ homeserver, room, way }), statusUrl })];
  },
});
