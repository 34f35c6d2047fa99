import { queryOptions } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type BotLists = Schemas['BotLists'];
export type BotList = Schemas['BotList'];

export const botListsOptions = queryOptions({
  queryKey: ['bot-lists'],
  queryFn: ({ signal }) => answer(api.GET('/api/bot-lists', { signal })),
});
