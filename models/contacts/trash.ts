import type { UserActor } from '../types.ts';
import type { CardPlace, Uses } from './service.ts';

/** The name of the device that changed a card last; null when nobody noted it. */
export function lastChangeBy(
  _app: Pick<Uses, 'db'>,
  _actor: UserActor,
  _place: CardPlace,
): Promise<string | null> {
  return Promise.resolve(null);
}
