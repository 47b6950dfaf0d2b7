import type { Precondition } from './errors.ts';
import { asArray, asEntries, asText, readJson } from './json.ts';

/** What jCal and jCard write alike around their values (RFC 7265 §3.4, RFC 7095 §3.3): an array of a name, parameters, a type and values. */

/** The words of one of the two formats. */
export interface JsonSyntax {
  /** Names of properties, parameters, types and groups. */
  readonly name: RegExp;
  readonly maxDepth: number;
  /** The refusal of what is no such text. */
  readonly bad: (message: string) => Precondition;
}

/** A property as it was sent; its values are not looked at yet. */
export interface JsonProperty {
  /** Upper-case. */
  readonly name: string;
  readonly params: readonly (readonly [string, unknown])[];
  /** Lower-case. */
  readonly type: string;
  readonly values: readonly unknown[];
}

/** More have no meaning and are only sent to hurt. */
const MAX_PARAMS = 100;

/** Reads one of the two formats. Whatever it does not take, it refuses with what `bad` makes. */
export class JsonReader {
  readonly #syntax: JsonSyntax;

  constructor(syntax: JsonSyntax) {
    this.#syntax = syntax;
  }

  /** The refusal of something else that is no such text. */
  bad(message: string): Precondition {
    return this.#syntax.bad(message);
  }

  isName(text: string): boolean {
    return this.#syntax.name.test(text);
  }

  /** Reads the whole text; the caller bounds the size. */
  text(bytes: Uint8Array): unknown {
    const read = readJson(bytes, this.#syntax.maxDepth);
    if ('value' in read) return read.value;
    throw this.bad(read.fault === 'too-deep' ? 'it is nested too deeply.' : 'it is no JSON in UTF-8.');
  }

  /** Takes a property apart. */
  property(json: unknown): JsonProperty {
    const [written, object, type, ...values] = asArray(json) ?? [];
    const params = asEntries(object);
    if (typeof written !== 'string' || !this.isName(written) || params === null || typeof type !== 'string')
      throw this.bad('a property is an array of its name, its parameters, its type and its values.');
    const name = written.toUpperCase();
    if (name === 'BEGIN' || name === 'END') throw this.bad(`${name} is no property.`);
    if (params.length > MAX_PARAMS)
      throw this.bad(`found a ${name} with more than ${MAX_PARAMS} parameters.`);
    if (!this.isName(type)) throw this.bad(`found a ${name} whose type has no name.`);
    return { name, params, type: type.toLowerCase(), values };
  }

  /** Reads the values of a parameter, line breaks as LF. */
  param(property: string, name: string, json: unknown): readonly string[] {
    const values = (asArray(json) ?? [json]).map(asText);
    const told = values.filter((value) => value !== null);
    if (!this.isName(name) || values.length === 0 || told.length < values.length)
      throw this.bad(`found a ${property} with a parameter that is no text.`);
    return told.map((value) => value.replace(/\r\n?/g, '\n'));
  }

  /** Fails where a parameter `value` says another type than stands beside it. */
  checkSaidType(property: string, told: readonly string[], type: string): void {
    if (told.length === 1 && told[0]?.toLowerCase() === type) return;
    throw this.bad(`found a ${property} whose parameter "value" is not its type.`);
  }
}
