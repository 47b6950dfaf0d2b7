import { type CountryCode, getCountries } from 'libphonenumber-js/min';

/** The country whose numbers people write without a country code; null where nobody told. */
export type HomeCountry = CountryCode | null;

/** A country by its ISO 3166 letters, in any case; null when phone numbers know none of that name. */
export function countryNamed(letters: string): HomeCountry {
  const upper = letters.trim().toUpperCase();
  return getCountries().find((country) => country === upper) ?? null;
}

/** Node says `getTimeZones()` since release 22, `timeZones` before. */
function zonesOf(country: CountryCode): readonly unknown[] {
  const locale = new Intl.Locale('und', { region: country });
  const ask: unknown = Reflect.get(locale, 'getTimeZones');
  const zones: unknown =
    typeof ask === 'function' ? Reflect.apply(ask, locale, []) : Reflect.get(locale, 'timeZones');
  return Array.isArray(zones) ? zones : [];
}

/** The country a time zone lies in; null for zones of none, such as UTC. Looks through all countries (0.1 s). */
export function countryOfZone(timeZone: string): HomeCountry {
  // Zones of a country are named by region and city.
  if (!timeZone.includes('/')) return null;
  return getCountries().find((country) => zonesOf(country).includes(timeZone)) ?? null;
}

/** The country for numbers without a code: as `letters` say, else that of the time zone. Found once, when first asked for. */
export function openHomeCountry(letters: string, timeZone: string): () => HomeCountry {
  let found: { readonly country: HomeCountry } | null = null;
  return () => {
    found ??= { country: letters === '' ? countryOfZone(timeZone) : countryNamed(letters) };
    return found.country;
  };
}
