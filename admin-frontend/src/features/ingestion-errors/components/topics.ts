/** The event topics of the product, as people say them. */
const NAMES: Record<string, string> = {
  'traffoflex.click_events': 'Clicks',
  'traffoflex.conversion_events': 'Conversions',
  'traffoflex.postback_log_events': 'Postback log',
  'traffoflex.trafficback_events': 'Trafficback',
  'traffoflex.destination_health_events': 'Destination health',
};

export const TOPICS = Object.entries(NAMES).map(([value, label]) => ({ value, label }));

export function topicName(topic: string): string {
  return NAMES[topic] ?? topic;
}
